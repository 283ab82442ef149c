import { StoreUnavailableError } from '@larder/core'
import { frameHead } from '@larder/core/contracts'
import type {
  Bury,
  Clock,
  Enqueue,
  Enqueued,
  Fetched,
  QueuedWrite,
  QueueName,
  Revived,
  Settle,
  Settled,
  WriteRef,
} from '@larder/core/contracts'
import { milliseconds } from '../milliseconds.ts'
import type { RedisCommands } from '../redis-commands.ts'
import { hasRoom } from '../scripts/cluster-queue/has-room.ts'
import { keep } from '../scripts/cluster-queue/keep.ts'
import { lift } from '../scripts/cluster-queue/lift.ts'
import { reopenLetter } from '../scripts/cluster-queue/reopen-letter.ts'
import { reserve } from '../scripts/cluster-queue/reserve.ts'
import { release } from '../scripts/release.ts'
import { parseBuriedId } from './buried-write.ts'
import { ClusterQueueSteps } from './cluster-queue-steps.ts'
import type { Letter, Standing } from './cluster-queue-steps.ts'
import { partitionKeys, partitionOf, share, valueKeys } from './partition-keys.ts'
import type { PartitionKeys, ValueKeys } from './partition-keys.ts'
import { RedisQueue } from './redis-queue.ts'

/** How long a key is kept free for a value that comes back, in milliseconds. */
const RESERVED_MS = 60_000
/** Attempts at what others keep changing. */
const MOST_ATTEMPTS = 5

/**
 * The queue on a cluster, where the value of a key and its place are in different slots and so cannot change in one step. Every value that is kept
 * for good has a place, whatever dies between two steps: a value is laid for a minute, the key is placed, then the value is kept. What
 * ends a wait looks first at how the key stands, then lifts the value, and removes the place only if no write came in between. ADR 0028 tells why.
 */
export class ClusterQueue extends RedisQueue {
  readonly #commands: RedisCommands
  readonly #steps: ClusterQueueSteps

  constructor(commands: RedisCommands, clock: Clock) {
    super(commands, clock)
    this.#commands = commands
    this.#steps = new ClusterQueueSteps(commands)
  }

  override async enqueue(queue: QueueName, write: Enqueue): Promise<Enqueued> {
    const partition = partitionOf(write.key)
    const place = partitionKeys(queue, partition)
    const value = valueKeys(queue, write.key)
    const id = idOf(write.frame)
    const most = share(write.most)
    if (!isOne(await this.#commands.run(hasRoom, [place.stream, place.index], [write.key, most])))
      return { kind: 'full' }
    const laidAt = await this.#layFirmly(place, value, write)
    if (laidAt === undefined) return { kind: 'newer' }
    if ((await this.#steps.awaitWriter(place, { ...write, id, most })) === 'full') {
      await this.#commands.run(lift, [value.dirty], [id, '1'])
      return { kind: 'full' }
    }
    await this.#steps.keep(value, id, laidAt)
    return { kind: 'queued', partition }
  }

  override async fetch(
    queue: QueueName,
    partition: number,
    { token, refs }: { readonly token: string; readonly refs: readonly WriteRef[] },
  ): Promise<Fetched> {
    if (refs.length === 0) return { kind: 'writes', writes: [], gone: [] }
    const place = partitionKeys(queue, partition)
    const stands = await this.#steps.standings(place, { token, refs, count: true })
    if (stands === undefined) return { kind: 'lost' }
    const frames = await this.#commands.values(refs.map(({ key }) => valueKeys(queue, key).dirty))
    const gone: { readonly ref: WriteRef; readonly sequence: string }[] = []
    const writes = await Promise.all(
      refs.map(async (ref, i): Promise<QueuedWrite | undefined> => {
        const frame = frames[i] ?? undefined
        const { sequence, op, deliveries } = stands[i] as Standing
        if (frame === undefined) {
          gone.push({ ref, sequence })
          return undefined
        }
        // One delivery was the claim, one is this attempt.
        const known = { ref: { ...ref, attempts: deliveries - 2 }, frame, sequence: Number(sequence) }
        const id = idOf(frame)
        if (id === op) return known
        // Laid, and its writer is about to place it, or died before: its place in the order is settled now.
        const settled = await this.#steps.awaitWriter(place, { key: ref.key, label: ref.label, id, most: '' })
        return { ref: { ...ref, attempts: 0 }, frame, sequence: Number(settled) }
      }),
    )
    if (gone.length > 0) await this.#steps.endWaits(place, token, gone)
    return {
      kind: 'writes',
      writes: writes.filter((write) => write !== undefined),
      gone: gone.map(({ ref }) => ref),
    }
  }

  override async settle(
    queue: QueueName,
    partition: number,
    { token, writes }: { readonly token: string; readonly writes: readonly Settle[] },
  ): Promise<readonly Settled[]> {
    if (writes.length === 0) return []
    const place = partitionKeys(queue, partition)
    const stands = await this.#steps.standings(place, { token, refs: writes.map(({ ref }) => ref), count: false })
    if (stands === undefined) return writes.map(() => 'lost')
    const lifts = await Promise.allSettled(
      writes.map(({ ref, opId }) => this.#steps.lift(valueKeys(queue, ref.key), opId)),
    )
    const ended = writes.flatMap(({ ref }, i) => {
      const lifted = lifts[i]
      return lifted?.status === 'fulfilled'
        ? [{ ref, sequence: (stands[i] as Standing).sequence, other: !lifted.value }]
        : []
    })
    const settled = await this.#steps.endWaits(place, token, ended)
    const failed = lifts.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return settled
  }

  override async bury(
    queue: QueueName,
    partition: number,
    request: Bury & { readonly token: string },
  ): Promise<Settled | 'full'> {
    const { token, ref, opId, reason, most } = request
    const place = partitionKeys(queue, partition)
    const value = valueKeys(queue, ref.key)
    const [stand] = (await this.#steps.standings(place, { token, refs: [ref], count: false })) ?? []
    if (stand === undefined) return 'lost'
    const [frame] = await this.#commands.values([value.dirty])
    const letter =
      frame !== null && frame !== undefined && idOf(frame) === opId
        ? await this.#steps.keepLetter(place, { token, ref, opId, reason, most, frame, sequence: stand.sequence })
        : 'again'
    if (letter === 'lost' || letter === 'full') return letter
    const lifted = letter === 'again' ? (frame ?? undefined) === undefined : await this.#steps.lift(value, opId)
    const { sequence } = stand
    const [ended = 'lost'] = await this.#steps.endWaits(place, token, [{ ref, sequence, other: !lifted }])
    if (letter === 'again' || lifted) return letter !== 'again' && ended === 'again' ? 'settled' : ended
    // A newer value was laid before the old one could be lifted: that one supersedes the dead letter.
    await this.discard(queue, `${partition}:${letter}`)
    return ended
  }

  override async revive(queue: QueueName, id: string): Promise<Revived> {
    const { partition, entryId } = parseBuriedId(id) ?? {}
    if (partition === undefined || entryId === undefined) return { kind: 'missing' }
    const place = partitionKeys(queue, partition)
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const letter = await this.#steps.letter(place, entryId)
      if ('kind' in letter) return letter
      const value = valueKeys(queue, letter.key)
      const token = `revive-${entryId}-${attempt}`
      const reserved = await this.#commands.run(reserve, [value.lease, value.dirty], [token, milliseconds(RESERVED_MS)])
      if (!isOne(reserved)) return { kind: 'superseded' }
      // A write that was let wait before the lease was taken has superseded the letter; one that is laid after it has revoked the lease.
      const again = await this.#steps.letter(place, entryId)
      const laid = 'kind' in again ? again.kind : await this.#steps.lay(value, letter.frame, { lease: token })
      await this.#commands.run(release, [value.lease], [token])
      if (laid === 'missing' || laid === 'superseded') return { kind: laid }
      if (typeof laid === 'number') return this.#reopen({ queue, partition, entryId }, letter, laid)
      if (laid === 'newer') {
        await this.discard(queue, id)
        return { kind: 'superseded' }
      }
    }
    throw new StoreUnavailableError('The key of the dead letter is being written; try again')
  }

  async #reopen(
    at: { readonly queue: QueueName; readonly partition: number; readonly entryId: string },
    { key, op }: Letter,
    laidAt: number,
  ): Promise<Revived> {
    const { stream, index, dead, deadIndex, ops } = partitionKeys(at.queue, at.partition)
    const value = valueKeys(at.queue, key)
    const kind = String(await this.#commands.run(reopenLetter, [stream, index, dead, deadIndex, ops], [at.entryId]))
    if (kind === 'queued') {
      await this.#steps.keep(value, op, laidAt)
      return { kind, key, partition: at.partition }
    }
    await this.#commands.run(lift, [value.dirty], [op, '1'])
    return { kind: kind === 'superseded' ? 'superseded' : 'missing' }
  }

  /** Lays a value; one that another writer has not kept yet is placed and kept for that writer first. `undefined`: a newer version is known. */
  async #layFirmly(place: PartitionKeys, value: ValueKeys, write: Enqueue): Promise<number | undefined> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const laid = await this.#steps.lay(value, write.frame, {
        ...(write.floorMs === undefined ? {} : { floorMs: write.floorMs }),
      })
      if (typeof laid === 'number') return laid
      if (laid === 'newer') return undefined
      if (laid === 'lost') continue
      await this.#steps.awaitWriter(place, { key: write.key, label: write.label, id: laid.unkept, most: '' })
      await this.#commands.run(keep, [value.dirty], [laid.unkept, '0'])
    }
    throw new StoreUnavailableError('The key is being written by others; try again')
  }
}

function idOf(frame: Uint8Array): string {
  return frameHead(frame)?.id ?? ''
}

/** Integers arrive as strings from a client with `stringNumbers`. */
function isOne(reply: unknown): boolean {
  return Number(reply) === 1
}
