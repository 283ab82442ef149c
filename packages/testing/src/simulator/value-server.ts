import { memory } from '@larder/core'
import type {
  Clock,
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Store,
  Take,
  TakeRequest,
} from '@larder/core/contracts'
import type { Kernel } from './kernel.ts'
import type { StoredEntry } from './stored-entry.ts'
import { readStoredEntry } from './stored-entry.ts'
import type { Subject } from './subject.ts'

/** One key on the server: a reference store of its own, so that faults can strike a part of it. */
interface Cell {
  store: Store
  entry: StoredEntry | undefined
  /** The last token that may hold the lease. */
  token: string | undefined
  /** Highest version that the store was told of since the cell was last emptied. */
  floor: number | undefined
}

/** What a command changed. */
export interface Change {
  readonly subject: Subject
  readonly cause: 'fill' | 'edit'
  readonly before: StoredEntry | undefined
  readonly after: StoredEntry
}

/** Longer than any schedule, in milliseconds. */
const LONG = 3_600_000

/** How long a lease stands, in milliseconds. */
const LEASE_MS = 10_000

/**
 * The server that holds entries and leases: the reference store, with faults. Calls act at once, as if a command had just arrived. Commands
 * name keys as the production code does; a key that no schedule uses is an error.
 */
export class ValueServer {
  readonly #kernel: Kernel
  readonly #cells = new Map<string, Cell>()
  readonly #subjects: ReadonlyMap<string, Subject>
  readonly #changed: (change: Change) => void

  constructor(kernel: Kernel, changed: (change: Change) => void) {
    this.#kernel = kernel
    this.#changed = changed
    this.#subjects = new Map(kernel.plan.subjects.map((subject) => [subject.storeKey, subject]))
    for (const { storeKey } of kernel.plan.subjects) this.#cells.set(storeKey, this.#emptyCell())
  }

  subject(storeKey: string): Subject {
    const subject = this.#subjects.get(storeKey)
    if (subject === undefined) throw new Error(`no simulated key is stored as ${storeKey}`)
    return subject
  }

  /** What is stored for a subject, as far as the server knows. */
  entry(subject: Subject): StoredEntry | undefined {
    return this.#cell(subject.storeKey).entry
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#cell(key).store.get(key)
  }

  async take(key: string, request: TakeRequest): Promise<Take> {
    const cell = this.#cell(key)
    this.#order(key)
    const taken = await cell.store.take(key, request)
    if (taken.kind === 'granted') cell.token = request.token
    return taken
  }

  async fill(key: string, request: FillRequest): Promise<boolean> {
    const cell = this.#cell(key)
    const filled = await cell.store.fill(key, request)
    if (!filled) return false
    await this.#wrote(key, 'fill')
    return true
  }

  async drop(key: string, request: DropRequest): Promise<Drop> {
    const cell = this.#cell(key)
    if (request.mode === 'set') this.#order(key)
    const dropped = await cell.store.drop(key, request)
    if (dropped.kind === 'dropped') cell.token = request.token
    cell.floor = highest(cell.floor, request.version)
    await this.#look(key, cell)
    return dropped
  }

  renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    return this.#cell(key).store.renew(key, token, leaseMs)
  }

  release(key: string, token: string): Promise<void> {
    return this.#cell(key).store.release(key, token)
  }

  async edit(key: string, request: EditRequest): Promise<Edited> {
    const edited = await this.#cell(key).store.edit(key, request)
    if (edited === 'edited') await this.#wrote(key, 'edit')
    return edited
  }

  /** Evicts the value of a key; its lease and its version floor stay. */
  async evictValue(key: string): Promise<void> {
    const old = this.#cell(key)
    const cell = await this.#rebuilt(key)
    if (old.token !== undefined && (await old.store.renew(key, old.token, LEASE_MS))) {
      await cell.store.take(key, { token: old.token, leaseMs: LEASE_MS })
      cell.token = old.token
    }
  }

  /** Ends the lease of a key, as time or memory pressure would; its value stays. */
  async endLease(key: string): Promise<void> {
    const frame = await this.get(key)
    const cell = await this.#rebuilt(key)
    if (frame === undefined) return
    await cell.store.take(key, { token: 'rebuilt', leaseMs: LONG })
    await cell.store.fill(key, { token: 'rebuilt', frame, ttlMs: LONG })
    await this.#look(key, cell)
  }

  /** Whether somebody holds the lease of a key. */
  async leased(key: string): Promise<boolean> {
    const { token, store } = this.#cell(key)
    return token !== undefined && store.renew(key, token, LEASE_MS)
  }

  /** Loses everything. */
  flush(): void {
    for (const key of this.#cells.keys()) this.#cells.set(key, this.#emptyCell())
  }

  /** A new store for the key, which knows nothing but the version floor. */
  async #rebuilt(key: string): Promise<Cell> {
    const { floor } = this.#cell(key)
    const cell = { ...this.#emptyCell(), floor }
    if (floor !== undefined) await cell.store.drop(key, { mode: 'delete', version: floor, floorMs: LONG })
    this.#cells.set(key, cell)
    return cell
  }

  #emptyCell(): Cell {
    const clock: Clock = {
      now: () => this.#kernel.now,
      monotonic: () => this.#kernel.now,
      after: () => ({ cancel: () => {} }),
    }
    return { store: memory({ clock, maxEntries: 4 }).store, entry: undefined, token: undefined, floor: undefined }
  }

  #cell(key: string): Cell {
    const cell = this.#cells.get(key)
    if (cell === undefined) throw new Error(`no simulated key is stored as ${key}`)
    return cell
  }

  /** The store takes an order for the key: what the same operation writes later counts as of now. */
  #order(key: string): void {
    const subject = this.subject(key)
    this.#kernel.owner.ordered.set(subject, subject.version)
  }

  async #wrote(key: string, cause: Change['cause']): Promise<void> {
    const cell = this.#cell(key)
    const before = cell.entry
    await this.#look(key, cell)
    const after = cell.entry
    if (after === undefined) return
    this.#changed({ subject: this.subject(key), cause, before, after })
    cell.floor = highest(cell.floor, after.version)
  }

  async #look(key: string, cell: Cell): Promise<void> {
    const frame = await cell.store.get(key)
    cell.entry = frame === undefined ? undefined : readStoredEntry(frame)
  }
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.max(a, b)
}
