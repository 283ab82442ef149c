import type { Edited } from './contracts/store.ts'
import type { Entry, MarkPair } from './entry/entry.ts'
import { hand } from './entry/handout.ts'
import { isPromise } from './entry/is-promise.ts'
import { encodeFrame } from './entry/wire-format.ts'
import { StoreUnavailableError } from './errors/store-unavailable-error.ts'
import { recordItem } from './key/cache-key.ts'
import { tagMark } from './key/tag.ts'
import { Patience } from './load/patience.ts'
import { lookFar } from './look.ts'
import type { Look } from './look.ts'
import type { CacheParts } from './parts.ts'
import { hardTtlMs, LEASE_MS, markTtlMs } from './policy/policy.ts'
import type { Policy } from './policy/policy.ts'
import { announceKeys, entryOf, fillFar, namedMarks } from './write.ts'

/** Attempts at a change before giving up: each one lost means that another writer won. */
const ATTEMPTS = 64

/** Gives an entry a new lifetime; `false` if there is none, or it has been invalidated. */
export function touch<T>(parts: CacheParts<T>, key: string, policy: Policy): Promise<boolean> {
  return untilUnchanged(parts, key, async () => {
    const found = await lookUp(parts, key, policy)
    if (found.kind !== 'valid' || found.state === 'stale') return false
    const softAt = parts.clock.now() + policy.ttlMs
    const lifetime = { softAt, hardAt: softAt + policy.graceMs }
    const expectId = found.entry.id
    // A sealed value is bound to its lifetime: it is sealed anew, which a store cannot do.
    const edited = parts.packing.seals
      ? await swap(parts, key, { entry: { ...found.entry, ...lifetime }, expectId, policy })
      : await parts.far.edit(
          key,
          { kind: 'retime', expectId, ttlMs: hardTtlMs(policy), ...lifetime },
          policy.storeTimeoutMs,
        )
    // The copy in this process' memory keeps its old lifetime: the next read brings the new one.
    if (edited === 'edited') parts.near.l1.delete(key)
    return edited === 'edited' ? true : undefined
  })
}

/**
 * Adds to the number under a key, in one step as seen by all processes; a missing one counts as 0. Answers the new value.
 * @throws TypeError if the value is not a number.
 */
export function increment<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly by: number; readonly policy: Policy },
): Promise<number> {
  const { by, policy } = how
  return untilUnchanged(parts, key, async () => {
    const found = await lookUp(parts, key, policy)
    if (found.kind !== 'valid')
      return (await start(parts, key, { seenId: found.seenId, value: by, policy })) ? by : undefined
    const value: unknown = hand(found.handout)
    if (typeof value !== 'number')
      throw new TypeError(`${recordItem(parts.name, key)} holds ${typeof value}, which cannot be incremented`)
    const sum = value + by
    const entry = { ...found.entry, payload: policy.codec.encode(sum), codec: policy.codec.id }
    return (await replace(parts, key, { entry, expectId: found.entry.id, policy })) ? sum : undefined
  })
}

/** Adds tags to the entry that is there now; `false` if there is none. Later loads must name their own. */
export function addTags<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly tags: readonly string[]; readonly policy: Policy },
): Promise<boolean> {
  const { tags, policy } = how
  return untilUnchanged(parts, key, async () => {
    const found = await lookUp(parts, key, policy)
    if (found.kind !== 'valid') return false
    const names = tags
      .map((tag) => tagMark(parts.naming.tag(tag)))
      .filter((name) => !found.entry.marks.some(([known]) => known === name))
    if (names.length === 0) return true
    const request = { names, markTtlMs: markTtlMs(policy) }
    const name = { cache: parts.name, key }
    const { marks } = await parts.node.fetchOrCreateMarks(request, policy.storeTimeoutMs, name)
    const added = names.map((name, index): MarkPair => [name, marks[index] as string])
    const entry = { ...found.entry, marks: [...found.entry.marks, ...added] }
    return (await replace(parts, key, { entry, expectId: found.entry.id, policy })) ? true : undefined
  })
}

/**
 * Makes the entry of a counter that has none, under a lease, so that of several first increments one is first; `false` if another was.
 * @throws StoreUnavailableError if a load of the key runs for longer than `waitForLoad`.
 */
async function start<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly seenId: string | undefined; readonly value: number; readonly policy: Policy },
): Promise<boolean> {
  const { seenId, value, policy } = how
  const names = namedMarks(parts, policy)
  const token = parts.random.token()
  const birth = parts.clock.now()
  const patience = new Patience(parts.clock, parts.random, policy.waitForLoadMs)
  const request = { token, leaseMs: LEASE_MS, ...(seenId === undefined ? {} : { seenId }) }
  for (;;) {
    const taken = await parts.far.take(key, request, policy.storeTimeoutMs)
    if (taken.kind === 'down') throw taken.error
    if (taken.kind === 'granted') break
    if (taken.kind === 'entry') return false
    const waited = await patience.wait()
    if (!waited)
      throw new StoreUnavailableError('another process loads or writes the entry: try again', {
        key: recordItem(parts.name, key),
      })
  }
  parts.near.forget(key)
  try {
    const asked = { names, markTtlMs: markTtlMs(policy) }
    const { marks } = await parts.node.fetchOrCreateMarks(asked, policy.storeTimeoutMs, { cache: parts.name, key })
    const pairs = names.map((name, index): MarkPair => [name, marks[index] as string])
    const made = { id: token, birth, marks: pairs, version: policy.version }
    const entry = entryOf(parts, policy.codec.encode(value), { made, policy })
    if (!(await fillFar(parts, key, { entry, policy }))) return false
    await announceKeys(parts, [key], policy)
    return true
  } finally {
    parts.near.forget(key)
  }
}

/** Puts new content in the place of an entry, under a new id, and tells all nodes; `false` if the entry is another by now. */
async function replace<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly entry: Entry; readonly expectId: string; readonly policy: Policy },
): Promise<boolean> {
  parts.near.forget(key)
  try {
    if ((await swap(parts, key, how)) === 'changed') return false
    await announceKeys(parts, [key], how.policy)
    return true
  } finally {
    parts.near.forget(key)
  }
}

/** The half of {@link replace} that concerns the store. */
async function swap<T>(
  parts: CacheParts<T>,
  key: string,
  how: { readonly entry: Entry; readonly expectId: string; readonly policy: Policy },
): Promise<Edited> {
  const { expectId, policy } = how
  const entry = { ...how.entry, id: parts.random.token() }
  const packed = parts.packing.pack(key, entry, policy)
  const frame = encodeFrame(isPromise(packed) ? await packed : packed)
  const ttlMs = Math.max(1, entry.hardAt - parts.clock.now())
  return parts.far.edit(key, { kind: 'replace', expectId, ttlMs, frame }, policy.storeTimeoutMs)
}

/** What L2 has for a key now; a store that cannot be reached is an error here, since a change must not be lost. */
async function lookUp<T>(
  parts: CacheParts<T>,
  key: string,
  policy: Policy,
): Promise<Exclude<Look<T>, { kind: 'down' }>> {
  const found = await lookFar(parts, key, policy)
  if (found.kind === 'down') throw found.error
  return found
}

/** Repeats an optimistic change until no other writer comes between; `undefined` asks for another attempt. */
async function untilUnchanged<T, R>(
  parts: CacheParts<T>,
  key: string,
  attempt: () => Promise<R | undefined>,
): Promise<R> {
  for (let left = ATTEMPTS; left > 0; left--) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new StoreUnavailableError(`other writers changed the entry ${ATTEMPTS} times in a row: try again`, {
    key: recordItem(parts.name, key),
  })
}
