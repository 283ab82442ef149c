import type { Entry, MarkPair } from './entry/entry.ts'
import { handoutOf } from './entry/handout.ts'
import type { Handout } from './entry/handout.ts'
import { isPromise } from './entry/is-promise.ts'
import { encodeFrame } from './entry/wire-format.ts'
import { EncryptionError } from './errors/encryption-error.ts'
import { StoreTimeoutError } from './errors/store-timeout-error.ts'
import { StoreUnavailableError } from './errors/store-unavailable-error.ts'
import { recordItem } from './key/cache-key.ts'
import { cacheMark, tagMark } from './key/tag.ts'
import type { PendingInvalidation } from './journal/pending-invalidations.ts'
import type { Node } from './node.ts'
import type { CacheParts } from './parts.ts'
import { hardTtlMs, LEASE_MS, markTtlMs } from './policy/policy.ts'
import type { Policy } from './policy/policy.ts'

/** A value as bytes, and as its readers will see it. */
export interface Encoded<T> {
  readonly payload: Uint8Array
  readonly handout: Handout<T>
}

/** What a written value's entry is made of, beside the value. */
export interface Made {
  readonly id: string
  /** Wall ms at which the load or the write began. */
  readonly birth: number
  readonly marks: readonly MarkPair[]
  readonly version: number | undefined
}

/** One value to be written. */
export interface Writing {
  readonly payload: Uint8Array
  /** With the value's own tags and lifetime. */
  readonly policy: Policy
}

/**
 * How a `set` ended: the value is there; a newer write or an invalidation of the key has overtaken it; the backend is out of reach and the
 * removal of the old value waits for it (`onUnavailable: 'queue'`).
 */
export type Written = 'stored' | 'superseded' | 'queued'

/** The marks that every entry made under a policy carries: the cache's own and those of its named tags. */
export function namedMarks<T>(parts: CacheParts<T>, policy: Policy): readonly string[] {
  const own = cacheMark(parts.name)
  return policy.tags.length === 0 ? [own] : [own, ...policy.tags.map((tag) => tagMark(parts.naming.tag(tag)))]
}

/**
 * Encodes a value once, for all tiers. Readers get what the bytes say, on a miss as on a hit; only with `copy: 'share'` the value itself.
 * Throws what the codec throws, and a TypeError for a value that is too large.
 */
export function encode<T>(value: T, policy: Policy): Encoded<T> {
  const payload = policy.codec.encode(value)
  if (payload.length > policy.maxValueBytes) {
    throw new TypeError(`the value takes ${payload.length} bytes, maxValueBytes allows ${policy.maxValueBytes}`)
  }
  return {
    payload,
    handout: policy.copy === 'share' ? { kind: 'shared', value } : handoutOf(payload, policy.codec, policy.copy),
  }
}

/** Builds the entry of an encoded value, with its lifetime counted from now. */
export function entryOf<T>(
  parts: CacheParts<T>,
  payload: Uint8Array,
  how: { readonly made: Made; readonly policy: Policy },
): Entry {
  const { made, policy } = how
  const softAt = parts.clock.now() + policy.ttlMs * (1 - policy.jitter * parts.random.fraction())
  const entry = {
    id: made.id,
    codec: policy.codec.id,
    compression: 0,
    sealed: false,
    expired: false,
    birth: made.birth,
    softAt,
    hardAt: softAt + policy.graceMs,
    marks: made.marks,
    payload,
  }
  return made.version === undefined ? entry : { ...entry, version: made.version }
}

/**
 * Puts an entry into L2; `false` if the lease behind it no longer stands, or the store would not take it.
 * @throws EncryptionError if it cannot be sealed, CacheError if the store fails.
 */
export async function fillFar<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly entry: Entry; readonly policy: Policy },
): Promise<boolean> {
  const { entry, policy } = how
  const packed = parts.packing.pack(key, entry, policy)
  const frame = encodeFrame(isPromise(packed) ? await packed : packed)
  if (frame.length > parts.far.maxFrameBytes) return false
  const ttlMs = Math.max(1, Math.min(hardTtlMs(policy), entry.hardAt - parts.clock.now()))
  return parts.far.fill(key, { token: entry.id, frame, ttlMs }, policy.storeTimeoutMs)
}

/** The same for a load, whose caller gets the value all the same; `false` also if it failed. */
export async function tryFillFar<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly entry: Entry; readonly policy: Policy },
): Promise<boolean> {
  try {
    return await fillFar(parts, key, how)
  } catch (error) {
    // Failures of the store are counted where they occur; this one has no other witness.
    if (error instanceof EncryptionError) parts.background.report(error)
    return false
  }
}

/**
 * Writes values, in the one order of all writes: local drop, value slots, journal, local drop again (freshness.md §5). The values do not enter
 * this process' memory: two writes could leave it at odds with L2. `policy` is the call's.
 * @throws CacheError if a part failed: the outcome is then unknown, and repeating the write is safe.
 */
export async function set<T>(
  parts: CacheParts<T>,
  values: ReadonlyMap<string, Writing>,
  policy: Policy,
): Promise<ReadonlyMap<string, Written>> {
  const keys = [...values.keys()]
  const forget = (): void => keys.forEach((key) => parts.near.forget(key))
  forget()
  try {
    const items = keys.map((key) => recordItem(parts.name, key))
    const written = await orQueue(parts.node, policy, {
      attempt: () => dropAndFill(parts, values, policy),
      invalidation: { kind: 'keys', items },
      queued: new Map(keys.map((key): [string, Written] => [key, 'queued'])),
    })
    for (const [key, result] of written) parts.observer.wrote(key, result)
    return written
  } finally {
    forget()
  }
}

/** Under `onUnavailable: 'queue'`, an invalidation that the backend cannot carry out now waits, and `queued` is the answer. */
export async function orQueue<R>(
  node: Node,
  policy: Policy,
  what: { readonly attempt: () => Promise<R>; readonly invalidation: PendingInvalidation; readonly queued: R },
): Promise<R> {
  try {
    return await what.attempt()
  } catch (error) {
    if (policy.onUnavailable !== 'queue') throw error
    if (!(error instanceof StoreUnavailableError || error instanceof StoreTimeoutError)) throw error
    node.queue(what.invalidation, error)
    return what.queued
  }
}

async function dropAndFill<T>(
  parts: CacheParts<T>,
  values: ReadonlyMap<string, Writing>,
  policy: Policy,
): Promise<ReadonlyMap<string, Written>> {
  const keys = [...values.keys()]
  const birth = parts.clock.now()
  const tokens = new Map(keys.map((key) => [key, parts.random.token()]))
  const drops = settleAll(keys.map((key) => dropForSet(parts, key, { token: tokens.get(key) as string, policy })))
  const [marksOf, dropped] = await Promise.all([marksOfEach(parts, values, policy), drops])
  const written = await settleAll(
    [...values].map(async ([key, writing], index): Promise<Written> => {
      if (dropped[index] === 'newer') return 'superseded'
      const made = { id: tokens.get(key) as string, birth, marks: marksOf(key), version: policy.version }
      const entry = entryOf(parts, writing.payload, { made, policy: writing.policy })
      return (await fillFar(parts, key, { entry, policy: writing.policy })) ? 'stored' : 'superseded'
    }),
  )
  await announceKeys(parts, keys, policy)
  return new Map(keys.map((key, index) => [key, written[index] as Written]))
}

/** The marks that each value's entry will carry, by its key: in one request, unless marks are kept beside the entries. */
async function marksOfEach<T>(
  parts: CacheParts<T>,
  values: ReadonlyMap<string, Writing>,
  policy: Policy,
): Promise<(key: string) => readonly MarkPair[]> {
  const namesOf = new Map([...values].map(([key, writing]) => [key, namedMarks(parts, writing.policy)]))
  const fetch = async (names: readonly string[], key: string): Promise<ReadonlyMap<string, string>> => {
    const entry = { cache: parts.name, key }
    const asked = { names, markTtlMs: markTtlMs(policy) }
    const { marks } = await parts.node.fetchOrCreateMarks(asked, policy.storeTimeoutMs, entry)
    return new Map(names.map((name, index) => [name, marks[index] as string]))
  }
  const pairs = (key: string, found: ReadonlyMap<string, string>): readonly MarkPair[] =>
    (namesOf.get(key) as readonly string[]).map((name): MarkPair => [name, found.get(name) as string])
  const keys = [...values.keys()]
  if (parts.node.hears) {
    const found = await fetch([...new Set([...namesOf.values()].flat())], keys[0] ?? '')
    return (key) => pairs(key, found)
  }
  const each = await settleAll(keys.map((key) => fetch(namesOf.get(key) as readonly string[], key)))
  const found = new Map(keys.map((key, index) => [key, each[index] as ReadonlyMap<string, string>]))
  return (key) => pairs(key, found.get(key) as ReadonlyMap<string, string>)
}

/** Tells all nodes that keys have changed. */
export function announceKeys<T>(parts: CacheParts<T>, keys: readonly string[], policy: Policy): Promise<void> {
  const items = keys.map((key) => recordItem(parts.name, key))
  return parts.node.append({ kind: 'keys', items, markTtlMs: markTtlMs(policy) }, policy.storeTimeoutMs)
}

/** Waits for all of them, then rejects with the first error if there was one: nothing is left running behind a rejection. */
export async function settleAll<R>(work: readonly Promise<R>[]): Promise<readonly R[]> {
  const results = await Promise.allSettled(work)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

async function dropForSet<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly token: string; readonly policy: Policy },
): Promise<'dropped' | 'newer'> {
  const { token, policy } = how
  const versioned = policy.version === undefined ? {} : { version: policy.version, floorMs: hardTtlMs(policy) }
  const { kind } = await parts.far.drop(
    key,
    { mode: 'set', token, leaseMs: LEASE_MS, ...versioned },
    policy.storeTimeoutMs,
  )
  return kind
}
