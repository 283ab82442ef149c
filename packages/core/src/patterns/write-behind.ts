import type { Entry } from '../entry/entry.ts'
import { encodeFrame } from '../entry/wire-format.ts'
import { QueueFullError } from '../errors/queue-full-error.ts'
import { recordItem } from '../key/cache-key.ts'
import { Patience } from '../load/patience.ts'
import type { CacheParts } from '../parts.ts'
import { hardTtlMs } from '../policy/policy.ts'
import type { Policy } from '../policy/policy.ts'
import type { WriteBehindPolicy } from '../policy/write-behind-options.ts'
import { announceKeys, encode, orQueue } from '../write.ts'

/** How a write-behind was acknowledged: it is journaled and will reach its writer; or a newer version was there before. */
export type Journaled = 'journaled' | 'superseded'

/** One write-behind, once its turn has come. */
export interface BehindRequest<T> {
  readonly key: string
  readonly value: T
  /** The caller's key as bytes, for the writer. */
  readonly label: Entry
  readonly policy: Policy
  readonly options: WriteBehindPolicy
  readonly signal: AbortSignal | undefined
  /** Throws once nobody would bring the write to its writer any more. */
  readonly assertOpen: () => void
}

/**
 * Journals a change for the writer, lays it over the key for all readers, and tells all nodes; in the order of all writes. Answers the
 * partition to be woken as well.
 * @throws QueueFullError when no room came up in time; CacheError when the outcome is unknown, and repeating is safe.
 */
export async function writeBehind<T>(
  parts: CacheParts<T>,
  queue: NonNullable<CacheParts<T>['queue']>,
  request: BehindRequest<T>,
): Promise<{ readonly journaled: Journaled; readonly partition: number | undefined }> {
  const { key, policy, options, label, signal } = request
  const item = recordItem(parts.name, key)
  // Not compressed: any process may have to bring it to the writer, one of an older release or another configuration too.
  const plain = { storeTimeoutMs: policy.storeTimeoutMs, compression: undefined }
  const frame = encodeFrame(await parts.packing.pack(key, pendingEntry(parts, request), plain))
  if (frame.length > parts.far.maxFrameBytes)
    throw new TypeError(`the value takes ${frame.length} bytes, the store allows ${parts.far.maxFrameBytes}`)
  const patience = new Patience(parts.clock, parts.random, options.waitForRoomMs)
  const write = {
    key: item.slice(item.indexOf(':') + 1),
    label: encodeFrame(await parts.packing.pack(key, label, plain)),
    frame,
    most: options.maxPending,
    ...(policy.version === undefined ? {} : { floorMs: hardTtlMs(policy) }),
  }
  parts.near.forget(key)
  try {
    for (;;) {
      signal?.throwIfAborted()
      request.assertOpen()
      const enqueued = await queue.calls.enqueue(queue.name, write)
      if (enqueued.kind === 'newer') {
        parts.observer.wrote(key, 'superseded')
        return { journaled: 'superseded', partition: undefined }
      }
      if (enqueued.kind === 'queued') {
        await announce(parts, key, policy)
        parts.observer.wrote(key, 'stored')
        return { journaled: 'journaled', partition: enqueued.partition }
      }
      if (!(await patience.wait(signal ?? new AbortController().signal)) && signal?.aborted !== true)
        throw new QueueFullError(
          `${options.maxPending} keys wait for their writer already: slow down, or raise writeBehind.maxPending`,
          { key: item },
        )
    }
  } finally {
    parts.near.forget(key)
  }
}

function announce<T>(parts: CacheParts<T>, key: string, policy: Policy): Promise<void> {
  return orQueue(parts.node, policy, {
    attempt: () => announceKeys(parts, [key], policy),
    invalidation: { kind: 'keys', items: [recordItem(parts.name, key)] },
    queued: undefined,
  })
}

/** Without marks and without an end: until the source has it, the value is what the source would say. */
function pendingEntry<T>(parts: CacheParts<T>, { value, policy }: BehindRequest<T>): Entry {
  const entry = {
    id: parts.random.token(),
    codec: policy.codec.id,
    compression: 0,
    sealed: false,
    expired: false,
    birth: parts.clock.now(),
    softAt: Infinity,
    hardAt: Infinity,
    marks: [],
    payload: encode(value, policy).payload,
  }
  return policy.version === undefined ? entry : { ...entry, version: policy.version }
}
