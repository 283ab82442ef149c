import type { Clock } from '../contracts/clock.ts'
import type { Frame } from '../contracts/frame.ts'
import { expiredFrame, frameHead } from '../contracts/frame.ts'
import type {
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Store,
  StoreManifest,
  Take,
  TakeRequest,
} from '../contracts/store.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import type { StoredEntry } from './entry-table.ts'
import { EntryTable } from './entry-table.ts'
import { ExpiringMap } from './expiring-map.ts'
import { retimedFrame } from './retimed-frame.ts'

interface Lease {
  readonly token: string
  /** Version of the `set` that left the lease. */
  readonly version?: number
}

/** Stands for "no version", lower than all of them. */
const UNVERSIONED = -1

/**
 * The in-process {@link Store}, and the reference for what the others do. Every method does its work before it returns
 * its promise, so a call is one atomic step.
 *
 * Frames are copied on the way in. What is answered is the stored buffer itself: it is never written to again here, and
 * the reader must not write to it either.
 */
export class MemoryStore implements Store {
  readonly manifest: StoreManifest
  readonly #entries: EntryTable
  readonly #leases: ExpiringMap<Lease>
  readonly #floors: ExpiringMap<number>
  readonly #covers = new Map<string, Frame>()
  #closed = false

  constructor(parts: { readonly maxEntries: number; readonly maxBytes: number; readonly clock: Clock }) {
    const { maxEntries, maxBytes, clock } = parts
    this.manifest = {
      name: 'memory',
      shared: false,
      maxKeyBytes: 2 ** 20,
      maxFrameBytes: maxBytes,
      versions: true,
      edits: true,
    }
    this.#entries = new EntryTable(clock, { maxEntries, maxBytes })
    this.#leases = new ExpiringMap(clock, maxEntries)
    this.#floors = new ExpiringMap(clock, maxEntries)
  }

  async get(key: string): Promise<Frame | undefined> {
    this.#assertOpen()
    return this.#entries.get(key)?.frame
  }

  async getMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    this.#assertOpen()
    return keys.map((key) => this.#entries.get(key)?.frame)
  }

  async take(key: string, request: TakeRequest): Promise<Take> {
    this.#assertOpen()
    const cover = this.#covers.get(key)
    if (cover !== undefined) return { kind: 'dirty', frame: cover }
    const entry = this.#entries.get(key)
    if (isUnexpired(entry) && entry.head.id !== request.seenId) return { kind: 'entry', frame: entry.frame }
    if (this.#leases.get(key) !== undefined) return { kind: 'held' }
    this.#leases.set(key, { token: request.token }, request.leaseMs)
    return { kind: 'granted' }
  }

  async fill(key: string, request: FillRequest): Promise<boolean> {
    this.#assertOpen()
    if (this.#leases.get(key)?.token !== request.token) return false
    const version = frameHead(request.frame)?.version ?? UNVERSIONED
    if (version < this.#highestVersion(key)) return false
    this.#leases.delete(key)
    this.#entries.put(key, Uint8Array.from(request.frame), request.ttlMs)
    // The floor outlives an eviction or a delete of the entry, and lasts as long as the entry would have.
    this.#raiseFloor(key, version, request.ttlMs)
    return true
  }

  async drop(key: string, request: DropRequest): Promise<Drop> {
    this.#assertOpen()
    const { mode, token, version = UNVERSIONED } = request
    if (version !== UNVERSIONED && version < this.#highestVersion(key)) return { kind: 'newer' }
    if (mode === 'set' && this.#isCoveredFrom(key, version)) return { kind: 'newer' }
    const entry = this.#entries.get(key)
    if (entry?.head?.version !== undefined) this.#raiseFloor(key, entry.head.version, this.#entries.remaining(entry))
    this.#raiseFloor(key, version, request.floorMs ?? Infinity)

    if (mode === 'expire' && entry?.head !== undefined) this.#expire(key, entry, request.graceMs ?? 0)
    else this.#entries.delete(key)

    // An entry without a version may be newer than the write: the two cannot be told apart, so neither stays.
    const unordered = version !== UNVERSIONED && entry?.head !== undefined && entry.head.version === undefined
    if (token === undefined || unordered) this.#leases.delete(key)
    else this.#leases.set(key, version === UNVERSIONED ? { token } : { token, version }, request.leaseMs ?? 0)
    return { kind: 'dropped', existed: isUnexpired(entry) }
  }

  async renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    this.#assertOpen()
    const lease = this.#leases.get(key)
    if (lease?.token !== token) return false
    this.#leases.set(key, lease, leaseMs)
    return true
  }

  async release(key: string, token: string): Promise<void> {
    this.#assertOpen()
    if (this.#leases.get(key)?.token === token) this.#leases.delete(key)
  }

  async edit(key: string, request: EditRequest): Promise<Edited> {
    this.#assertOpen()
    const entry = this.#entries.get(key)
    if (!isUnexpired(entry) || entry.head.id !== request.expectId) return 'changed'
    if (request.kind === 'replace') {
      this.#entries.put(key, Uint8Array.from(request.frame), request.ttlMs)
      // A load that began before would write the content from before.
      this.#leases.delete(key)
    } else {
      this.#entries.put(key, retimedFrame(entry.frame, request), request.ttlMs)
    }
    return 'edited'
  }

  /**
   * Lays the value of an acknowledged write-behind over a key, for `take` to answer until it is uncovered. Neither
   * evicted nor expired.
   */
  cover(key: string, frame: Frame): void {
    this.#covers.set(key, Uint8Array.from(frame))
  }

  /** The write-behind value that lies over a key. */
  covering(key: string): Frame | undefined {
    return this.#covers.get(key)
  }

  /**
   * The store's half of a write-behind: covers the key, removes its entry and revokes its lease, so that no running load can bring the
   * value from before back. `false`, and nothing done, if a newer version is known.
   */
  overwrite(key: string, frame: Frame, floorMs: number): boolean {
    this.#assertOpen()
    const version = frameHead(frame)?.version ?? UNVERSIONED
    if (version !== UNVERSIONED && version < this.#highestVersion(key)) return false
    this.#raiseFloor(key, version, floorMs)
    this.#entries.delete(key)
    this.#leases.delete(key)
    this.cover(key, frame)
    return true
  }

  /** Takes a write-behind value away, unless another write has replaced it. */
  uncover(key: string, id: string): void {
    const cover = this.#covers.get(key)
    if (cover !== undefined && frameHead(cover)?.id === id) this.#covers.delete(key)
  }

  /** Drops everything; every later call rejects with `StoreUnavailableError`. */
  close(): void {
    this.#closed = true
    this.#entries.clear()
    this.#leases.clear()
    this.#floors.clear()
    this.#covers.clear()
  }

  /** An entry flagged again does not live longer for it. */
  #expire(key: string, entry: StoredEntry, graceMs: number): void {
    this.#entries.put(key, expiredFrame(entry.frame), Math.min(graceMs, this.#entries.remaining(entry)))
  }

  #highestVersion(key: string): number {
    return Math.max(
      this.#floors.get(key) ?? UNVERSIONED,
      this.#leases.get(key)?.version ?? UNVERSIONED,
      this.#entries.get(key)?.head?.version ?? UNVERSIONED,
      this.#coverVersion(key),
    )
  }

  #coverVersion(key: string): number {
    const cover = this.#covers.get(key)
    return (cover && frameHead(cover)?.version) ?? UNVERSIONED
  }

  /** Whether a `set` would hide a pending value that is newer than it, or that may be. */
  #isCoveredFrom(key: string, version: number): boolean {
    return this.#covers.has(key) && (this.#coverVersion(key) === UNVERSIONED || version <= this.#coverVersion(key))
  }

  /** Lifts the floor to `version` for at least `floorMs` more. */
  #raiseFloor(key: string, version: number, floorMs: number): void {
    if (version === UNVERSIONED) return
    const floor = this.#floors.get(key) ?? UNVERSIONED
    this.#floors.set(key, Math.max(floor, version), Math.max(floorMs, this.#floors.remaining(key)))
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The memory backend was closed; make a new one with memory()')
  }
}

function isUnexpired(
  entry: StoredEntry | undefined,
): entry is StoredEntry & { readonly head: NonNullable<StoredEntry['head']> } {
  return entry?.head !== undefined && !entry.head.expired
}
