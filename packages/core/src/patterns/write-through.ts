import type { RecordRef } from '../contracts/journal.ts'
import { runWriter } from '../drain/run-writer.ts'
import type { MarkPair } from '../entry/entry.ts'
import { StoreTimeoutError } from '../errors/store-timeout-error.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import { WriterTimeoutError } from '../errors/writer-timeout-error.ts'
import { invalidateKeys } from '../invalidate.ts'
import { recordItem } from '../key/cache-key.ts'
import { tagMark } from '../key/tag.ts'
import { Lease } from '../l2/lease.ts'
import type { CacheParts } from '../parts.ts'
import { Cached } from '../policy/cached.ts'
import { hardTtlMs, LEASE_MS, markTtlMs } from '../policy/policy.ts'
import type { Policy } from '../policy/policy.ts'
import { checkVersion, policyOf } from '../policy/resolve-policy.ts'
import { announceKeys, encode, entryOf, fillFar, namedMarks, orQueue, set } from '../write.ts'
import type { Writing, Written } from '../write.ts'

/** One write-through, once its turn has come. */
export interface ThroughRequest<T> {
  readonly key: string
  readonly value: T
  /** With the value's own tags and lifetime. */
  readonly policy: Policy
  readonly opId: string
  readonly write: (signal: AbortSignal) => unknown
  readonly lateTags: ((value: T) => readonly string[]) | undefined
  readonly signal: AbortSignal | undefined
  /** Waits until no write-behind of the key is pending; rejects when that takes too long. */
  readonly untilSettled: () => Promise<void>
}

/** The right to store what the source has been told, and how things stood before. */
interface Licence {
  readonly lease: Lease
  readonly marks: readonly MarkPair[]
  readonly since: RecordRef
  readonly birth: number
}

/**
 * Changes the source, then the cache. Before the writer runs, the key is taken out of every node and its lease is held, so that whatever happens
 * later, also to this process, nothing from before can be cached again; afterwards all nodes are told once more. The value is
 * stored if nothing else touched the key meanwhile. In every other case, a failing writer included, the key is left absent.
 */
export async function writeThrough<T>(parts: CacheParts<T>, request: ThroughRequest<T>): Promise<Written> {
  const { key, policy, value } = request
  const first: Writing = { payload: encode(value, policy).payload, policy }
  parts.near.forget(key)
  try {
    const licence = await prepare(parts, request)
    await using lease = licence === 'queued' ? undefined : licence?.lease
    const written = await runWriter(request.write, {
      clock: parts.clock,
      hardTimeoutMs: policy.hardTimeoutMs,
      abandoned: [request.signal],
      late: () => late(parts, request, 'the writer did not settle'),
    })
    if (written.kind === 'failed') {
      lease?.spend()
      await leaveAbsent(parts, request)
      // A writer that was given up may still change the source, and a read have cached what was there before that.
      void written.unfinished?.then(() => parts.background.own(leaveAbsent(parts, request)))
      throw written.error
    }
    if (licence === 'queued') {
      parts.node.queue(
        invalidationOf(parts, key),
        new StoreUnavailableError('the backend was away when the source was changed'),
      )
      parts.observer.wrote(key, 'queued')
      return 'queued'
    }
    return await store(parts, request, { licence, result: written.result, first })
  } finally {
    parts.near.forget(key)
  }
}

/** Takes the key out of every node, and its lease; `undefined` if a newer version is known, which stays. */
async function prepare<T>(parts: CacheParts<T>, request: ThroughRequest<T>): Promise<Licence | 'queued' | undefined> {
  const { key, policy, opId } = request
  const birth = parts.clock.now()
  const names = namedMarks(parts, policy)
  const versioned = policy.version === undefined ? {} : { version: policy.version, floorMs: hardTtlMs(policy) }
  const drop = { mode: 'set', token: opId, leaseMs: LEASE_MS, ...versioned } as const
  const attempt = async (): Promise<Licence | undefined> => {
    const asked = { names, markTtlMs: markTtlMs(policy) }
    const entry = { cache: parts.name, key }
    const fetched = parts.node.fetchOrCreateMarks(asked, policy.storeTimeoutMs, entry)
    const [{ marks, head }, dropped] = await Promise.all([
      fetched,
      parts.far.drop(key, drop, policy.storeTimeoutMs).then(async (answer) => {
        if (answer.kind === 'dropped') return answer
        await request.untilSettled()
        return parts.far.drop(key, drop, policy.storeTimeoutMs)
      }),
    ])
    if (dropped.kind === 'newer') return undefined
    const parted = { token: opId, key, far: parts.far, clock: parts.clock }
    const lease = new Lease({ ...parted, leaseMs: LEASE_MS, timeoutMs: policy.storeTimeoutMs })
    try {
      await announceKeys(parts, [key], policy)
    } catch (error) {
      await lease[Symbol.asyncDispose]()
      throw error
    }
    return { lease, marks: names.map((name, i): MarkPair => [name, marks[i] as string]), since: head, birth }
  }
  return orQueue<Licence | 'queued' | undefined>(parts.node, policy, {
    attempt,
    invalidation: invalidationOf(parts, key),
    queued: 'queued',
  })
}

/** Caches what the source has now, if the licence still stands; else makes sure that nothing older is. */
async function store<T>(
  parts: CacheParts<T>,
  request: ThroughRequest<T>,
  how: { readonly licence: Licence | undefined; readonly result: unknown; readonly first: Writing },
): Promise<Written> {
  const { key } = request
  const { licence } = how
  licence?.lease.spend()
  const decided = decide(parts, request, how)
  if (
    decided !== undefined &&
    licence !== undefined &&
    (await fillUnderLicence(parts, request, { licence, ...decided }))
  ) {
    return announceStored(parts, key, decided.writing.policy)
  }
  // A version settles which of two writes is newer, so the value need not be given up.
  if (decided?.version !== undefined) {
    const policy = { ...decided.writing.policy, version: decided.version }
    return (await set(parts, new Map([[key, decided.writing]]), policy)).get(key) as Written
  }
  await invalidateKeys(parts, [key], { removal: 'delete', policy: request.policy })
  parts.observer.wrote(key, 'superseded')
  return 'superseded'
}

/** What to cache: the value that was written, or the one that the writer says the source has now. `undefined` if that cannot be cached. */
function decide<T>(
  parts: CacheParts<T>,
  request: ThroughRequest<T>,
  how: { readonly result: unknown; readonly first: Writing },
): { readonly writing: Writing; readonly version: number | undefined } | undefined {
  const { policy } = request
  if (!(how.result instanceof Cached)) return { writing: how.first, version: policy.version }
  const { value, options } = how.result as Cached<T>
  try {
    const tags = [...(request.lateTags?.(value) ?? []), ...(options.tags ?? [])]
    const own = policyOf(policy, { value, tags, ttl: options.ttl })
    const version = options.version === undefined ? policy.version : checkVersion(options.version)
    return { writing: { payload: encode(value, own).payload, policy: own }, version }
  } catch (error) {
    parts.observer.uncacheable(request.key, error)
    parts.background.report(error)
    return undefined
  }
}

async function fillUnderLicence<T>(
  parts: CacheParts<T>,
  request: ThroughRequest<T>,
  how: { readonly licence: Licence; readonly writing: Writing; readonly version: number | undefined },
): Promise<boolean> {
  const { licence, writing, version } = how
  const { policy } = writing
  const late = policy.tags
    .filter((tag) => !request.policy.tags.includes(tag))
    .map((tag) => tagMark(parts.naming.tag(tag)))
  try {
    const marks = [...licence.marks]
    if (late.length > 0) {
      const asked = { names: late, since: licence.since, markTtlMs: markTtlMs(policy) }
      const entry = { cache: parts.name, key: request.key }
      const fetched = await parts.node.fetchOrCreateMarks(asked, policy.storeTimeoutMs, entry)
      if (!fetched.unmoved) return false
      late.forEach((name, i) => marks.push([name, fetched.marks[i] as string]))
    }
    const made = { id: licence.lease.token, birth: licence.birth, marks, version }
    return await fillFar(parts, request.key, { entry: entryOf(parts, writing.payload, { made, policy }), policy })
  } catch (error) {
    // The source has changed: whatever keeps its value from being cached, nothing older may be.
    if (!(error instanceof StoreUnavailableError || error instanceof StoreTimeoutError)) parts.background.report(error)
    return false
  }
}

async function announceStored<T>(parts: CacheParts<T>, key: string, policy: Policy): Promise<Written> {
  const written = await orQueue<Written>(parts.node, policy, {
    attempt: async () => {
      await announceKeys(parts, [key], policy)
      return 'stored'
    },
    invalidation: invalidationOf(parts, key),
    queued: 'queued',
  })
  parts.observer.wrote(key, written)
  return written
}

/** Removes the key everywhere. Never rejects: what cannot be done now waits, since the caller is told of something else. */
async function leaveAbsent<T>(parts: CacheParts<T>, request: ThroughRequest<T>): Promise<void> {
  const { key, policy } = request
  try {
    await invalidateKeys(parts, [key], { removal: 'delete', policy: { ...policy, onUnavailable: 'fail' } })
  } catch (error) {
    parts.node.queue(invalidationOf(parts, key), error as Error)
  }
}

function invalidationOf<T>(parts: CacheParts<T>, key: string): { readonly kind: 'keys'; readonly items: string[] } {
  return { kind: 'keys', items: [recordItem(parts.name, key)] }
}

function late<T>(parts: CacheParts<T>, request: ThroughRequest<T>, what: string): WriterTimeoutError {
  return new WriterTimeoutError(`${what} within ${request.policy.hardTimeoutMs} ms`, {
    key: recordItem(parts.name, request.key),
  })
}
