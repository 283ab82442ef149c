import type {
  BuriedWrite,
  Bury,
  Claim,
  Claimed,
  Clock,
  Enqueue,
  Enqueued,
  Fetched,
  Frame,
  QueuedWrite,
  QueueManifest,
  QueueName,
  QueuePosition,
  Revived,
  Settle,
  Settled,
  WriteQueue,
  WriteRef,
} from '@larder/core/contracts'
import type { StreamEntry } from '../journal-record.ts'
import { milliseconds, timeLimit } from '../milliseconds.ts'
import type { RedisCommands } from '../redis-commands.ts'
import { backlog } from '../scripts/queue/backlog.ts'
import { buried } from '../scripts/queue/buried.ts'
import { bury } from '../scripts/queue/bury.ts'
import { claim } from '../scripts/queue/claim.ts'
import { discard } from '../scripts/queue/discard.ts'
import { enqueue } from '../scripts/queue/enqueue.ts'
import { fetch } from '../scripts/queue/fetch.ts'
import { revive } from '../scripts/queue/revive.ts'
import { settle } from '../scripts/queue/settle.ts'
import { release } from '../scripts/release.ts'
import { buriedWrite, parseBuriedId } from './buried-write.ts'
import { Durability } from './durability.ts'
import { bytes, PARTITIONS, partitionKeys, partitionOf, share, valueKeys } from './partition-keys.ts'

const EVERY_PARTITION = Array.from({ length: PARTITIONS }, (_, partition) => partition)

/**
 * The {@link WriteQueue} in Redis. Of a partition, a stream with a consumer group holds the keys that wait; the value of each lies beside its
 * entry, under `:dirty`. The scripts in `scripts/queue` describe the fields.
 */
export class RedisQueue implements WriteQueue {
  readonly manifest: QueueManifest = { durable: true, partitions: PARTITIONS }
  readonly #commands: RedisCommands
  readonly #durability: Durability

  constructor(commands: RedisCommands, clock: Clock) {
    this.#commands = commands
    this.#durability = new Durability(commands, clock)
  }

  ready(): Promise<void> {
    return this.#durability.check()
  }

  async enqueue(queue: QueueName, write: Enqueue): Promise<Enqueued> {
    const partition = partitionOf(write.key)
    const { stream, index, sequence, deadIndex } = partitionKeys(queue, partition)
    const { entry, lease, floor, dirty } = valueKeys(queue, write.key)
    const keys = [entry, lease, floor, dirty, stream, index, sequence, deadIndex]
    const args = [bytes(write.frame), timeLimit(write.floorMs), write.key, bytes(write.label), share(write.most)]
    const kind = String(await this.#commands.run(enqueue, keys, args))
    return kind === 'queued' ? { kind, partition } : { kind: kind === 'newer' ? 'newer' : 'full' }
  }

  async pending(queue: QueueName, keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    if (keys.length === 0) return []
    const frames = await this.#commands.values(keys.map((key) => dirtyOf(queue, key)))
    return frames.map((frame) => frame ?? undefined)
  }

  async claim(queue: QueueName, partition: number, request: Claim): Promise<Claimed> {
    const { stream, index, owner } = partitionKeys(queue, partition)
    const { token, leaseMs, most, resume } = request
    const args = [token, milliseconds(leaseMs), String(most), resume ? '1' : '']
    const [word, all, refs] = (await this.#commands.run(claim, [stream, index, owner], args)) as [
      Buffer,
      unknown?,
      [Buffer, Buffer, Buffer, unknown][]?,
    ]
    const kind = word.toString()
    if (kind !== 'owned' || refs === undefined) return { kind: kind === 'held' ? 'held' : 'empty' }
    return {
      kind,
      all: Number(all) === 1,
      refs: refs.map(([id, key, label, deliveries]) => ({
        id: id.toString(),
        key: key.toString(),
        label,
        attempts: Number(deliveries) - 1,
      })),
    }
  }

  async fetch(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly refs: readonly WriteRef[] },
  ): Promise<Fetched> {
    const { token, refs } = request
    const { stream, index, owner, sequence } = partitionKeys(queue, partition)
    const keys = [stream, index, owner, sequence, ...refs.map(({ key }) => dirtyOf(queue, key))]
    const args = [token, ...refs.flatMap(({ id, key, label }) => [id, key, bytes(label)])]
    const reply = await this.#commands.run(fetch, keys, args)
    if (!Array.isArray(reply)) return { kind: 'lost' }
    const found = reply as ([Buffer, Buffer, unknown] | null)[]
    const writes = refs.flatMap((ref, i): QueuedWrite[] => {
      const [frame, number, deliveries] = found[i] ?? []
      if (frame === undefined) return []
      // One delivery was the claim, one is this attempt.
      return [{ ref: { ...ref, attempts: Number(deliveries) - 2 }, frame, sequence: Number(number) }]
    })
    return { kind: 'writes', writes, gone: refs.filter((_, i) => !found[i]) }
  }

  async settle(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly writes: readonly Settle[] },
  ): Promise<readonly Settled[]> {
    const { token, writes } = request
    const { stream, index, owner } = partitionKeys(queue, partition)
    const keys = [stream, index, owner, ...writes.map(({ ref }) => dirtyOf(queue, ref.key))]
    const args = [token, ...writes.flatMap(({ ref, opId }) => [ref.id, opId, ref.key])]
    const reply = await this.#commands.run(settle, keys, args)
    return writes.map((_, i) => (Array.isArray(reply) ? settled(reply[i]) : 'lost'))
  }

  async bury(
    queue: QueueName,
    partition: number,
    request: Bury & { readonly token: string },
  ): Promise<Settled | 'full'> {
    const { token, ref, opId, reason, most } = request
    const { stream, index, owner, dead, deadIndex } = partitionKeys(queue, partition)
    const keys = [stream, index, owner, dirtyOf(queue, ref.key), dead, deadIndex]
    const args = [token, ref.id, opId, ref.key, bytes(ref.label), reason, String(ref.attempts + 1), share(most)]
    const reply = await this.#commands.run(bury, keys, args)
    return String(reply) === 'full' ? 'full' : settled(reply)
  }

  async release(queue: QueueName, partition: number, token: string): Promise<void> {
    await this.#commands.run(release, [partitionKeys(queue, partition).owner], [token])
  }

  async size(queue: QueueName): Promise<{ readonly waiting: number; readonly position: QueuePosition }> {
    const backlogs = await Promise.all(EVERY_PARTITION.map((partition) => this.#backlog(queue, partition, '0')))
    return {
      waiting: backlogs.reduce((sum, { waiting }) => sum + waiting, 0),
      position: backlogs.map(({ last }) => last),
    }
  }

  async passed(queue: QueueName, position: QueuePosition): Promise<boolean> {
    const backlogs = position.map((sequence, partition) => this.#backlog(queue, partition, sequence))
    return (await Promise.all(backlogs)).every(({ left }) => !left)
  }

  async buried(queue: QueueName, limit: number): Promise<readonly BuriedWrite[]> {
    const range = ['-', '+', String(limit)]
    const found = await Promise.all(EVERY_PARTITION.map((partition) => this.#buried(queue, partition, range)))
    return found
      .flat()
      .sort((a, b) => a.buriedAt - b.buriedAt)
      .slice(0, limit)
  }

  async revive(queue: QueueName, id: string): Promise<Revived> {
    const { partition, entryId } = parseBuriedId(id) ?? {}
    if (partition === undefined || entryId === undefined) return { kind: 'missing' }
    const [write] = await this.#buried(queue, partition, [entryId, entryId, '1'])
    if (write === undefined) return { kind: 'missing' }
    const { stream, index, dead, deadIndex } = partitionKeys(queue, partition)
    const { entry, lease, floor, dirty } = valueKeys(queue, write.key)
    const keys = [entry, lease, floor, dirty, stream, index, dead, deadIndex]
    const kind = String(await this.#commands.run(revive, keys, [entryId]))
    if (kind === 'queued') return { kind, key: write.key, partition }
    return { kind: kind === 'superseded' ? 'superseded' : 'missing' }
  }

  async discard(queue: QueueName, id: string): Promise<boolean> {
    const { partition, entryId } = parseBuriedId(id) ?? {}
    if (partition === undefined || entryId === undefined) return false
    const { dead, deadIndex } = partitionKeys(queue, partition)
    return Number(await this.#commands.run(discard, [dead, deadIndex], [entryId])) === 1
  }

  async #backlog(
    queue: QueueName,
    partition: number,
    upTo: string,
  ): Promise<{ readonly waiting: number; readonly last: string; readonly left: boolean }> {
    const { stream, index, sequence } = partitionKeys(queue, partition)
    const reply = await this.#commands.run(backlog, [stream, index, sequence], [upTo])
    const [waiting, last, left] = reply as [unknown, Buffer, unknown]
    return { waiting: Number(waiting), last: last.toString(), left: Number(left) === 1 }
  }

  async #buried(queue: QueueName, partition: number, range: readonly string[]): Promise<readonly BuriedWrite[]> {
    const entries = await this.#commands.run(buried, [partitionKeys(queue, partition).dead], range)
    return (entries as StreamEntry[]).map((entry) => buriedWrite(partition, entry))
  }
}

function dirtyOf(queue: QueueName, key: string): string {
  return valueKeys(queue, key).dirty
}

function settled(reply: unknown): Settled {
  const word = String(reply)
  return word === 'settled' || word === 'again' ? word : 'lost'
}
