import type { RecordRef } from './contracts/journal.ts'
import type { MarkPair } from './entry/entry.ts'
import { hand } from './entry/handout.ts'
import type { Flight } from './flight/flight.ts'
import { runInside } from './flight/current-flight.ts'
import { recordItem } from './key/cache-key.ts'
import { tagMark } from './key/tag.ts'
import { Lease } from './l2/lease.ts'
import { load } from './load/load.ts'
import type { LoadResult } from './load/load.ts'
import { Patience } from './load/patience.ts'
import { judge, keepNear, lookFar } from './look.ts'
import type { Look } from './look.ts'
import type { Outcome } from './observe/outcome.ts'
import type { CacheParts, ReadRequest } from './parts.ts'
import { pendingWrite } from './pending-write.ts'
import { LEASE_MS, markTtlMs } from './policy/policy.ts'
import type { Policy } from './policy/policy.ts'
import { checkVersion, policyOf } from './policy/resolve-policy.ts'
import { nearStandIn, stale, standInFor } from './stand-in.ts'
import { encode, entryOf, namedMarks, tryFillFar } from './write.ts'
import type { Encoded } from './write.ts'

/** What a fill is for: to answer a read, or to replace one entry behind its readers' backs. */
export interface FillRequest<T> extends ReadRequest<T> {
  /** Id of the entry to replace: it does not count as an answer, and nobody waits for a load that runs elsewhere. */
  readonly replaces?: string
}

/** The right to store what is loaded: the lease, the marks of the named tags, and the journal's end as they stood before the load. */
interface Licence {
  readonly lease: Lease
  readonly marks: readonly MarkPair[]
  readonly since: RecordRef
}

/** What to do about a key that is not to be had from L2. */
type Turn<T> =
  | { readonly kind: 'answer'; readonly outcome: Outcome<T> }
  | { readonly kind: 'again'; readonly look: Look<T> }
  | { readonly kind: 'load'; readonly licence: Licence | undefined }

/**
 * The far half of a read, once for all callers of a key in this process: L2, then lease, load and write (freshness.md §5, steps 4 to 10).
 * Rejects with the loader's own error, if no stale value may stand in for it.
 */
export function fill<T>(
  parts: CacheParts<T>,
  request: FillRequest<T>,
  flight: Flight<Outcome<T>>,
): Promise<Outcome<T>> {
  // An L2 hit, the common case, runs no async function: each costs as much memory as all else a hit allocates in core.
  return lookFar(parts, request.key, request.policy).then(
    (look) => answerFrom(parts, request, { look, flight }) ?? fillMissing(parts, request, { look, flight }),
  )
}

/** The rest of a fill, after a first look that gave no answer. */
async function fillMissing<T>(
  parts: CacheParts<T>,
  request: FillRequest<T>,
  found: { readonly look: Look<T>; readonly flight: Flight<Outcome<T>> },
): Promise<Outcome<T>> {
  const { flight } = found
  let { look } = found
  const patience = new Patience(parts.clock, parts.random, request.policy.waitForLoadMs)
  for (;;) {
    const turn = await takeTurn(parts, request, { look, patience, flight })
    if (turn.kind === 'answer') return turn.outcome
    if (turn.kind === 'load') return loadAndStore(parts, request, { licence: turn.licence, look, flight })
    look = turn.look
    const answer = answerFrom(parts, request, { look, flight })
    if (answer !== undefined) return answer
  }
}

/** The answer that L2 gives, if it gives one. */
function answerFrom<T>(
  parts: CacheParts<T>,
  request: FillRequest<T>,
  found: { readonly look: Look<T>; readonly flight: Flight<Outcome<T>> },
): Outcome<T> | undefined {
  const { look, flight } = found
  if (look.kind !== 'valid' || look.entry.id === request.replaces) return undefined
  if (look.state === 'fresh') {
    keepNear(parts, flight, look)
    return { kind: 'value', handout: look.handout, source: 'l2', entry: look.entry, state: 'fresh' }
  }
  if (request.replaces !== undefined) return undefined
  keepNear(parts, flight, look)
  return stale(look, 'revalidating')
}

/** Asks for the lease; with it come the marks, fetched in parallel unless they are known. Both are answered before any loader starts. */
async function takeTurn<T>(
  parts: CacheParts<T>,
  request: FillRequest<T>,
  state: { readonly look: Look<T>; readonly patience: Patience; readonly flight: Flight<Outcome<T>> },
): Promise<Turn<T>> {
  const { look, patience, flight } = state
  const { key, policy } = request
  if (look.kind === 'down') return { kind: 'load', licence: undefined }
  const token = parts.random.token()
  const seenId = look.kind === 'valid' ? look.entry.id : look.seenId
  const names = namedMarks(parts, policy)
  const [taken, marks] = await Promise.all([
    parts.far.take(
      key,
      seenId === undefined ? { token, leaseMs: LEASE_MS } : { token, seenId, leaseMs: LEASE_MS },
      policy.storeTimeoutMs,
    ),
    marksBeforeLoad(parts, { key, names }, policy),
  ])
  switch (taken.kind) {
    case 'entry':
      return { kind: 'again', look: await judge(parts, { key, frame: taken.frame }, policy) }
    case 'dirty': {
      const outcome = await pendingWrite(parts, { key, frame: taken.frame }, policy)
      return outcome === undefined ? { kind: 'load', licence: undefined } : { kind: 'answer', outcome }
    }
    case 'down':
      return { kind: 'load', licence: undefined }
    case 'held': {
      const standIn = standInFor(look, policy, 'loading-elsewhere')
      if (standIn !== undefined) return { kind: 'answer', outcome: standIn }
      if (request.replaces !== undefined) return { kind: 'answer', outcome: { kind: 'absent' } }
      request.pass?.()
      const goOn = await patience.wait(flight.abandoned)
      return goOn ? { kind: 'again', look: await lookFar(parts, key, policy) } : { kind: 'load', licence: undefined }
    }
    case 'granted': {
      const lease = new Lease({
        token,
        key,
        far: parts.far,
        clock: parts.clock,
        leaseMs: LEASE_MS,
        timeoutMs: policy.storeTimeoutMs,
      })
      if (marks !== undefined) return { kind: 'load', licence: { lease, ...marks } }
      await lease[Symbol.asyncDispose]()
      return { kind: 'load', licence: undefined }
    }
    default:
      return taken satisfies never
  }
}

/** The marks of the named tags and the journal's end, as they stand before the load; `undefined` if they cannot be known. */
async function marksBeforeLoad<T>(
  parts: CacheParts<T>,
  { key, names }: { readonly key: string; readonly names: readonly string[] },
  policy: Policy,
): Promise<Pick<Licence, 'marks' | 'since'> | undefined> {
  const known = parts.node.liveness.live() ? parts.node.marks.lookup(names) : undefined
  if (known !== undefined) return { marks: pairs(names, known), since: parts.node.cursor }
  try {
    const cursor = parts.node.liveness.live() ? parts.node.cursor : undefined
    const request = { names, markTtlMs: markTtlMs(policy) }
    const fetched = await parts.node.fetchOrCreateMarks(request, policy.storeTimeoutMs, { cache: parts.name, key })
    return { marks: pairs(names, fetched.marks as readonly string[]), since: cursor ?? fetched.head }
  } catch (error) {
    parts.observer.storeFailed(error)
    return undefined
  }
}

async function loadAndStore<T>(
  parts: CacheParts<T>,
  request: FillRequest<T>,
  state: { readonly licence: Licence | undefined; readonly look: Look<T>; readonly flight: Flight<Outcome<T>> },
): Promise<Outcome<T>> {
  const { licence, look, flight } = state
  const { policy } = request
  await using lease = licence?.lease
  const birth = parts.clock.now()
  const loaded = await runLoad(parts, request, { look, flight })
  if (loaded.kind === 'nothing') return { kind: 'absent' }
  if (loaded.kind === 'failed') {
    const standIn = standInFor(look, policy, 'loader-error') ?? nearStandIn(parts, request)
    if (standIn === undefined) throw loaded.error
    parts.background.report(loaded.error)
    return standIn
  }
  const uncached: Outcome<T> = {
    kind: 'value',
    handout: { kind: 'shared', value: loaded.value },
    source: 'loader',
    entry: undefined,
    state: 'fresh',
  }
  const decided = decide(request, loaded)
  const encoded = encodeOrNot(parts, { key: request.key, value: loaded.value }, decided.policy)
  if (encoded === undefined) return uncached
  const answer: Outcome<T> = { ...uncached, handout: encoded.handout }
  const marks =
    licence === undefined
      ? undefined
      : await allMarks(parts, { key: request.key, licence, late: decided.lateTags, policy })
  if (lease === undefined || marks === undefined) {
    parts.observer.refused(request.key)
    return answer
  }
  const made = { id: lease.token, birth, marks, version: decided.version }
  const entry = entryOf(parts, encoded.payload, { made, policy: decided.policy })
  const filled = await tryFillFar(parts, request.key, { entry, policy: decided.policy })
  if (!filled) {
    parts.observer.refused(request.key)
    return answer
  }
  lease.spend()
  keepNear(parts, flight, { entry, handout: encoded.handout })
  return { ...answer, entry }
}

async function runLoad<T>(
  parts: CacheParts<T>,
  request: FillRequest<T>,
  state: { readonly look: Look<T>; readonly flight: Flight<Outcome<T>> },
): Promise<LoadResult<T>> {
  const { look, flight } = state
  parts.observer.loading()
  const startedAt = parts.clock.monotonic()
  const attempt = parts.backoff.failures(request.key) + 1
  const previous = look.kind === 'valid' || look.kind === 'invalidated' ? hand(look.handout) : undefined
  const limits = {
    clock: parts.clock,
    hardTimeoutMs: request.policy.hardTimeoutMs,
    abandoned: flight.abandoned,
    key: recordItem(parts.name, request.key),
  }
  const loaded = await runInside(flight as Flight<unknown>, () =>
    load((signal) => request.call({ signal, stale: previous, attempt }), limits),
  )
  const tookMs = parts.clock.monotonic() - startedAt
  if (loaded.kind === 'loaded') parts.loadTime.note(tookMs)
  parts.observer.loaded(request.key, tookMs, loaded)
  return loaded
}

/** What `cached(value, …)` and the cache's tag function say about one loaded value. Its policy names all its tags. */
function decide<T>(
  request: FillRequest<T>,
  loaded: Extract<LoadResult<T>, { kind: 'loaded' }>,
): { readonly policy: Policy; readonly lateTags: readonly string[]; readonly version: number | undefined } {
  const { value, options } = loaded
  const found = [...(request.lateTags?.(value) ?? []), ...(options?.tags ?? [])]
  const policy = policyOf(request.policy, { value, tags: found, ttl: options?.ttl })
  return {
    policy,
    lateTags: policy.tags.filter((tag) => !request.policy.tags.includes(tag)),
    version: options?.version === undefined ? policy.version : checkVersion(options.version),
  }
}

function encodeOrNot<T>(
  parts: CacheParts<T>,
  { key, value }: { readonly key: string; readonly value: T },
  policy: Policy,
): Encoded<T> | undefined {
  try {
    return encode(value, policy)
  } catch (error) {
    parts.observer.uncacheable(key, error)
    return undefined
  }
}

/** All marks of a loaded value, or `undefined` if one of its late tags may have moved while it was loaded. */
async function allMarks<T>(
  parts: CacheParts<T>,
  what: {
    readonly key: string
    readonly licence: Licence
    readonly late: readonly string[]
    readonly policy: Policy
  },
): Promise<readonly MarkPair[] | undefined> {
  const { key, licence, late, policy } = what
  if (late.length === 0) return licence.marks
  const names = late.map((tag) => tagMark(parts.naming.tag(tag)))
  try {
    const request = { names, since: licence.since, markTtlMs: markTtlMs(policy) }
    const { marks, unmoved } = await parts.node.fetchOrCreateMarks(request, policy.storeTimeoutMs, {
      cache: parts.name,
      key,
    })
    return unmoved ? [...licence.marks, ...pairs(names, marks as readonly string[])] : undefined
  } catch (error) {
    parts.observer.storeFailed(error)
    return undefined
  }
}

function pairs(names: readonly string[], marks: readonly string[]): readonly MarkPair[] {
  return names.map((name, index): MarkPair => [name, marks[index] as string])
}
