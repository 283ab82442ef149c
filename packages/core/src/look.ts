import { frameHead } from './contracts/frame.ts'
import type { Frame } from './contracts/frame.ts'
import type { Entry } from './entry/entry.ts'
import { freshness } from './entry/freshness.ts'
import { hand, handoutOf } from './entry/handout.ts'
import type { Handout } from './entry/handout.ts'
import { isPromise } from './entry/is-promise.ts'
import type { Unpacked } from './entry/packing.ts'
import { decodeFrame } from './entry/wire-format.ts'
import { CacheError } from './errors/cache-error.ts'
import type { DecompressionError } from './errors/decompression-error.ts'
import { DecryptionError } from './errors/decryption-error.ts'
import { StoreUnavailableError } from './errors/store-unavailable-error.ts'
import type { Flight } from './flight/flight.ts'
import { itemOf } from './l1/item.ts'
import type { Item } from './l1/item.ts'
import { NO_L1 } from './l1/no-l1.ts'
import type { Found } from './l2/far.ts'
import type { Outcome } from './observe/outcome.ts'
import type { CacheParts } from './parts.ts'
import type { Policy } from './policy/policy.ts'
import type { StandardSchema } from './policy/standard-schema.ts'

/** What there is for a key, as far as it may be shown. `seenId` names an entry that may not: `take` must not hand it back. */
export type Look<T> =
  | { readonly kind: 'valid'; readonly state: 'fresh' | 'stale'; readonly entry: Entry; readonly handout: Handout<T> }
  | { readonly kind: 'invalidated'; readonly entry: Entry; readonly handout: Handout<T>; readonly seenId: string }
  | { readonly kind: 'miss'; readonly seenId: string | undefined }
  | { readonly kind: 'down'; readonly error: Error }

/** What this process' memory has for a key. */
export type NearLook<T> = { readonly kind: 'fresh' | 'stale'; readonly item: Item<T> } | undefined

/**
 * The item that answers a read at once: in this process' memory, fresh, and not due for a refresh. The hit path: nothing is allocated, and
 * while blind nothing is there.
 */
export function hitNear<T>(parts: CacheParts<T>, key: string): Item<T> | undefined {
  const item = parts.near.l1.get(key)
  if (item === undefined || !(parts.node.liveness.now() < item.dueAt)) return undefined
  return accepted(parts, item) ? item : undefined
}

/** Looks into this process' memory. Synchronous: no hit ever waits. While blind, nothing is there. */
export function lookNear<T>(parts: CacheParts<T>, key: string): NearLook<T> {
  const item = parts.near.l1.get(key)
  if (item === undefined) return undefined
  const now = parts.node.liveness.now()
  if (!(now < item.hardAt)) return undefined
  if (!accepted(parts, item)) return undefined
  return { kind: now < item.softAt ? 'fresh' : 'stale', item }
}

/** Whether every mark of an item equals this node's copy of it. */
function accepted<T>(parts: CacheParts<T>, item: Item<T>): boolean {
  const { marks, hears } = parts.node
  if (item.generation === marks.generation || !hears) return true
  if (!marks.accepts(item.entry.marks)) return false
  item.generation = marks.generation
  return true
}

/** Looks into the shared store and judges what is there. */
export function lookFar<T>(parts: CacheParts<T>, key: string, policy: Policy): Promise<Look<T>> {
  if (parts.node.pending.open) return Promise.resolve({ kind: 'down', error: untrusted() })
  return parts.far.look(key, policy.storeTimeoutMs).then((found) => judgeFound(parts, { key, found }, policy))
}

/** Judges what the shared store answered. At once where it can: most hits wait for nothing but the store. */
export function judgeFound<T>(
  parts: CacheParts<T>,
  { key, found }: { readonly key: string; readonly found: Found },
  policy: Policy,
): Look<T> | Promise<Look<T>> {
  switch (found.kind) {
    case 'miss':
      return { kind: 'miss', seenId: undefined }
    case 'frame':
      return judge(parts, { key, frame: found.frame }, policy)
    case 'down':
      return found
  }
}

/** An entry that has not expired, and whether its marks still stand. */
interface Judged {
  readonly key: string
  readonly entry: Entry
  readonly state: 'fresh' | 'stale'
  readonly valid: boolean
}

/**
 * Judges an entry by its marks. A local copy of a mark may accept it, at once; before it is rejected, or while this node cannot vouch for
 * its copies, the marks are fetched, after the entry was read.
 */
export function judge<T>(
  parts: CacheParts<T>,
  { key, frame }: { readonly key: string; readonly frame: Frame },
  policy: Policy,
): Look<T> | Promise<Look<T>> {
  const decoded = decodeFrame(frame, parts.far.maxFrameBytes)
  if (decoded.kind !== 'entry') {
    parts.observer.unreadable(key)
    // A store that can read its header would hand it back for ever.
    return { kind: 'miss', seenId: frameHead(frame)?.id }
  }
  if (parts.node.pending.open) return { kind: 'down', error: untrusted() }
  const { entry } = decoded
  const state = freshness(entry, parts.clock.now())
  if (state === 'expired') return { kind: 'miss', seenId: entry.id }
  if (entry.expired) return show(parts, { key, entry, state, valid: false }, policy)
  if (policy.fresh || !parts.node.liveness.live() || !parts.node.marks.accepts(entry.marks))
    return judgeByFetchedMarks(parts, { key, entry, state }, policy)
  return show(parts, { key, entry, state, valid: true }, policy)
}

async function judgeByFetchedMarks<T>(
  parts: CacheParts<T>,
  found: Omit<Judged, 'valid'>,
  policy: Policy,
): Promise<Look<T>> {
  const { marks } = found.entry
  let valid: boolean
  try {
    const names = marks.map(([name]) => name)
    const entry = { cache: parts.name, key: found.key }
    const fetched = await parts.node.fetchMarks({ names }, policy.storeTimeoutMs, entry)
    valid = marks.every(([, mark], index) => fetched.marks[index] === mark)
  } catch (error) {
    parts.observer.storeFailed(error)
    return { kind: 'down', error: error as Error }
  }
  return show(parts, { ...found, valid }, policy)
}

/** A judged entry with its value; a miss if it may not be shown, cannot be unpacked or decoded, or does not pass the cache's schema. */
export function show<T>(parts: CacheParts<T>, judged: Judged, policy: Policy): Look<T> | Promise<Look<T>> {
  const { key, entry, valid } = judged
  if (!valid && !policy.staleAfterInvalidation) return { kind: 'miss', seenId: entry.id }
  const unpacked = parts.packing.unpack(key, entry, policy)
  if (unpacked === entry) return showPlain(parts, judged, policy)
  const showUnpacked = (entry: Unpacked): Look<T> | Promise<Look<T>> =>
    entry instanceof CacheError ? unopened(parts, judged, entry) : showPlain(parts, { ...judged, entry }, policy)
  return isPromise(unpacked) ? unpacked.then(showUnpacked) : showUnpacked(unpacked)
}

function unopened<T>(
  parts: CacheParts<T>,
  { key, entry }: Judged,
  error: DecryptionError | DecompressionError,
): Look<T> {
  if (error instanceof DecryptionError) {
    parts.observer.undecrypted(key, error)
    parts.background.report(error)
  } else parts.observer.unreadable(key, error)
  return { kind: 'miss', seenId: entry.id }
}

function showPlain<T>(parts: CacheParts<T>, judged: Judged, policy: Policy): Look<T> | Promise<Look<T>> {
  const handout = open(parts, judged.entry, policy)
  if (handout === undefined || parts.schema === undefined) return shown(parts, judged, handout)
  return passes(parts.schema, handout).then((passed) => shown(parts, judged, passed ? handout : undefined))
}

function shown<T>(parts: CacheParts<T>, judged: Judged, handout: Handout<T> | undefined): Look<T> {
  const { key, entry, state, valid } = judged
  if (handout === undefined) {
    parts.observer.unreadable(key)
    return { kind: 'miss', seenId: entry.id }
  }
  return valid ? { kind: 'valid', state, entry, handout } : { kind: 'invalidated', entry, handout, seenId: entry.id }
}

function untrusted(): Error {
  return new StoreUnavailableError('the store may hold values that invalidations waiting in this process would remove')
}

/** Puts an entry into this process' memory, unless an invalidation may have overtaken it on the way. */
export function keepNear<T>(
  parts: CacheParts<T>,
  flight: Flight<Outcome<T>>,
  value: { readonly entry: Entry; readonly handout: Handout<T> },
): void {
  if (flight.tainted || parts.near.l1 === NO_L1) return
  const now = { wall: parts.clock.now(), mono: parts.clock.monotonic() }
  const { refreshAhead: ahead } = parts.policy
  const { loadTime, l1TtlMs } = parts
  parts.near.l1.put(flight.key, itemOf(flight.key, { ...value, now, ahead, loadMs: loadTime.ms, mostMs: l1TtlMs }))
}

/** The value of an entry, or `undefined` if it cannot be decoded. */
function open<T>(parts: CacheParts<T>, entry: Entry, policy: Policy): Handout<T> | undefined {
  const codec = parts.codecOf(entry.codec)
  if (codec === undefined) return undefined
  try {
    return handoutOf<T>(entry.payload, codec, policy.copy)
  } catch {
    return undefined
  }
}

async function passes<T>(schema: StandardSchema, handout: Handout<T>): Promise<boolean> {
  try {
    const checked = await schema['~standard'].validate(hand(handout))
    return checked.issues === undefined
  } catch {
    return false
  }
}
