import { frameHead } from './contracts/frame.ts'
import type { Frame } from './contracts/frame.ts'
import type { Entry } from './entry/entry.ts'
import { freshness } from './entry/freshness.ts'
import { handoutOf } from './entry/handout.ts'
import type { Handout } from './entry/handout.ts'
import { decodeFrame } from './entry/wire-format.ts'
import { StoreUnavailableError } from './errors/store-unavailable-error.ts'
import type { Flight } from './flight/flight.ts'
import { itemOf } from './l1/item.ts'
import type { Item } from './l1/item.ts'
import { NO_L1 } from './l1/no-l1.ts'
import type { Found } from './l2/far.ts'
import type { Outcome } from './observe/outcome.ts'
import type { CacheParts } from './parts.ts'
import type { Policy } from './policy/policy.ts'

/** What there is for a key, as far as it may be shown. `seenId` names an entry that may not: `take` must not hand it back. */
export type Look<T> =
  | { readonly kind: 'valid'; readonly state: 'fresh' | 'stale'; readonly entry: Entry; readonly handout: Handout<T> }
  | { readonly kind: 'invalidated'; readonly entry: Entry; readonly handout: Handout<T>; readonly seenId: string }
  | { readonly kind: 'miss'; readonly seenId: string | undefined }
  | { readonly kind: 'down'; readonly error: Error }

/** What this process' memory has for a key. */
export type NearLook<T> = { readonly kind: 'fresh' | 'stale'; readonly item: Item<T> } | undefined

/** Looks into this process' memory. Synchronous: no hit ever waits. While blind, nothing is there. */
export function lookNear<T>(parts: CacheParts<T>, key: string): NearLook<T> {
  const item = parts.near.l1.get(key)
  if (item === undefined) return undefined
  const now = parts.node.liveness.now()
  if (!(now < item.hardAt)) return undefined
  const { marks } = parts.node
  if (item.generation !== marks.generation) {
    if (!marks.accepts(item.entry.marks)) return undefined
    item.generation = marks.generation
  }
  return { kind: now < item.softAt ? 'fresh' : 'stale', item }
}

/** Looks into the shared store and judges what is there. */
export async function lookFar<T>(parts: CacheParts<T>, key: string, policy: Policy): Promise<Look<T>> {
  if (parts.node.pending.open) return { kind: 'down', error: untrusted() }
  return judgeFound(parts, await parts.far.look(key, policy.storeTimeoutMs), policy)
}

/** Judges what the shared store answered. */
export async function judgeFound<T>(parts: CacheParts<T>, found: Found, policy: Policy): Promise<Look<T>> {
  switch (found.kind) {
    case 'miss':
      return { kind: 'miss', seenId: undefined }
    case 'frame':
      return judge(parts, found.frame, policy)
    case 'down':
      return found
  }
}

/**
 * Judges an entry by its marks. A local copy of a mark may accept it; before it is rejected, or while this node cannot vouch for its copies, the
 * marks are fetched, after the entry was read.
 */
export async function judge<T>(parts: CacheParts<T>, frame: Frame, policy: Policy): Promise<Look<T>> {
  const decoded = decodeFrame(frame)
  if (decoded.kind !== 'entry') {
    parts.counters.unreadable++
    // A store that can read its header would hand it back for ever.
    return { kind: 'miss', seenId: frameHead(frame)?.id }
  }
  if (parts.node.pending.open) return { kind: 'down', error: untrusted() }
  const { entry } = decoded
  const state = freshness(entry, parts.clock.now())
  if (state === 'expired') return { kind: 'miss', seenId: entry.id }
  let valid = !entry.expired
  if (valid && (policy.fresh || !parts.node.liveness.live() || !parts.node.marks.accepts(entry.marks))) {
    try {
      const fetched = await parts.node.fetchMarks({ names: entry.marks.map(([name]) => name) }, policy.storeTimeoutMs)
      valid = entry.marks.every(([, mark], index) => fetched.marks[index] === mark)
    } catch (error) {
      parts.counters.storeErrors++
      return { kind: 'down', error: error as Error }
    }
  }
  if (!valid && !policy.staleAfterInvalidation) return { kind: 'miss', seenId: entry.id }
  const handout = await open(parts, entry, policy)
  if (handout === undefined) {
    parts.counters.unreadable++
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
  parts.near.l1.put(flight.key, itemOf(flight.key, { ...value, now }))
}

/** The value of an entry, or `undefined` if it cannot be decoded or does not pass the cache's schema. */
async function open<T>(parts: CacheParts<T>, entry: Entry, policy: Policy): Promise<Handout<T> | undefined> {
  const codec = parts.codecOf(entry.codec)
  if (codec === undefined || entry.sealed || entry.compression !== 0) return undefined
  try {
    const handout = handoutOf<T>(entry.payload, codec, policy.copy)
    if (parts.schema === undefined) return handout
    const value = handout.kind === 'shared' ? handout.value : codec.decode(entry.payload)
    const checked = await parts.schema['~standard'].validate(value)
    return checked.issues === undefined ? handout : undefined
  } catch {
    return undefined
  }
}
