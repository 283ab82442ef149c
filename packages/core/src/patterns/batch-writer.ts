import { msgpackCodec } from '../codec/msgpack-codec.ts'
import { frameHead } from '../contracts/frame.ts'
import type { BuriedWrite, QueuedWrite } from '../contracts/write-queue.ts'
import { runWriter } from '../drain/run-writer.ts'
import type { Entry, MarkPair } from '../entry/entry.ts'
import { decodeFrame } from '../entry/wire-format.ts'
import { DecodeError } from '../errors/decode-error.ts'
import { WriterTimeoutError } from '../errors/writer-timeout-error.ts'
import type { CacheParts } from '../parts.ts'
import type { WriteItem, WriteMany } from '../policy/writer.ts'

/** Tells the entry of a key from that of a value: sealed, it stands for nothing else. */
const LABEL_MARK: MarkPair = ['label', '']

/** The sealer may take 5 s for a key. Nothing that is queued is compressed. */
const UNPACK = { storeTimeoutMs: 5_000, maxValueBytes: 0 }

/** A cache's key as an entry, whatever its type: it comes back to the writer as it was given, and is sealed as values are. */
export function labelEntry<T>(parts: CacheParts<T>, key: unknown): Entry {
  return {
    id: parts.random.token(),
    codec: msgpackCodec.id,
    compression: 0,
    sealed: false,
    expired: false,
    birth: parts.clock.now(),
    softAt: Infinity,
    hardAt: Infinity,
    marks: [LABEL_MARK],
    payload: msgpackCodec.encode(key),
  }
}

/** A queued write as its writer gets it; `key` is the name of the entry. Rejects if this process cannot read it. */
export async function itemOf<T, K>(
  parts: Pick<CacheParts<T>, 'codecOf' | 'packing'>,
  write: Pick<BuriedWrite, 'key' | 'label' | 'frame' | 'sequence'>,
): Promise<WriteItem<T, K>> {
  const label = await unpacked(parts, write.key, write.label)
  const entry = await unpacked(parts, write.key, write.frame)
  const codec = parts.codecOf(entry.codec)
  if (label.marks[0]?.[0] !== LABEL_MARK[0] || codec === undefined)
    throw new DecodeError('the queued value is of a format or codec that this process does not know')
  const { id, version = write.sequence, payload } = entry
  return { key: msgpackCodec.decode(label.payload) as K, value: codec.decode(payload) as T, version, opId: id }
}

async function unpacked<T>(parts: Pick<CacheParts<T>, 'packing'>, key: string, frame: Uint8Array): Promise<Entry> {
  const decoded = decodeFrame(frame)
  if (decoded.kind !== 'entry') throw new DecodeError('what is queued is of a format that this process does not know')
  const entry = await parts.packing.unpack(key, decoded.entry, UNPACK)
  if (entry instanceof Error) throw entry
  return entry
}

/** Hands queued writes to the cache's writer in one call; answers why some were not made. Never rejects. */
export async function writeBatch<T, K>(
  parts: CacheParts<T>,
  writes: readonly QueuedWrite[],
  how: {
    readonly write: WriteMany<T, K>
    readonly hardTimeoutMs: number
    readonly signal: AbortSignal
    /** The name of an entry, from its key as it stands in records. */
    readonly nameOf: (key: string) => string
    /** Called when a writer that was given up has ended after all. */
    readonly afterwards: (writes: readonly QueuedWrite[]) => void
  },
): Promise<ReadonlyMap<QueuedWrite, unknown>> {
  const failed = new Map<QueuedWrite, unknown>()
  const queued = new Map<WriteItem<T, K>, QueuedWrite>()
  for (const write of writes) {
    try {
      queued.set(await itemOf<T, K>(parts, { ...write, key: how.nameOf(write.ref.key), label: write.ref.label }), write)
    } catch (error) {
      failed.set(write, error)
    }
  }
  if (queued.size === 0) return failed
  const { hardTimeoutMs } = how
  const attempt = 1 + Math.max(...[...queued.values()].map(({ ref }) => ref.attempts))
  let open = true
  const fail = (item: WriteItem<T, K>, reason: unknown): void => {
    const write = queued.get(item)
    if (write === undefined) throw new TypeError('fail() takes one of the items that the writer was given')
    if (open) failed.set(write, reason)
  }
  const result = await runWriter((signal) => how.write([...queued.keys()], { signal, attempt, fail }), {
    clock: parts.clock,
    hardTimeoutMs,
    abandoned: [how.signal],
    late: () => new WriterTimeoutError(`the writer of ${parts.name} did not settle within ${hardTimeoutMs} ms`),
  })
  open = false
  if (result.kind === 'failed') {
    const given = [...queued.values()]
    for (const write of given) failed.set(write, failed.get(write) ?? result.error)
    void result.unfinished?.then(() => how.afterwards(given))
  }
  return failed
}

/** The id of a queued value, which names its write. */
export function opIdOf(frame: Uint8Array): string {
  return frameHead(frame)?.id ?? ''
}
