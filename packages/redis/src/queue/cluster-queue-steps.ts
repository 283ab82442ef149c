import { StoreUnavailableError } from '@larder/core'
import type { Bury, Settled, WriteRef } from '@larder/core/contracts'
import { milliseconds, timeLimit } from '../milliseconds.ts'
import type { RedisCommands } from '../redis-commands.ts'
import { awaitWriter } from '../scripts/cluster-queue/await-writer.ts'
import { endWaits } from '../scripts/cluster-queue/end-waits.ts'
import { keepLetter } from '../scripts/cluster-queue/keep-letter.ts'
import { keep } from '../scripts/cluster-queue/keep.ts'
import { lay } from '../scripts/cluster-queue/lay.ts'
import { lift } from '../scripts/cluster-queue/lift.ts'
import { readLetter } from '../scripts/cluster-queue/read-letter.ts'
import { standing } from '../scripts/cluster-queue/standing.ts'
import { bytes, share } from './partition-keys.ts'
import type { PartitionKeys, ValueKeys } from './partition-keys.ts'

/** How long a value lies over its key before it must have been kept, at least, in milliseconds. */
const LAID_MS = 60_000
/** How a key stood when its owner asked. */
export interface Standing {
  readonly sequence: string
  /** The value that the sequence belongs to. */
  readonly op: string
  readonly deliveries: number
}

/** A dead letter. */
export interface Letter {
  readonly key: string
  readonly op: string
  readonly frame: Buffer
}

/** The steps that a queue on a cluster is made of: each is one script in one slot. */
export class ClusterQueueSteps {
  readonly #commands: RedisCommands
  readonly #laidMs: number

  constructor(commands: RedisCommands) {
    this.#commands = commands
    this.#laidMs = Math.max(LAID_MS, 20 * commands.timeoutMs)
  }

  async lay(
    { entry, lease, floor, dirty }: ValueKeys,
    frame: Uint8Array,
    how: { readonly floorMs?: number; readonly lease?: string },
  ): Promise<number | 'newer' | 'lost' | { readonly unkept: string }> {
    const args = [bytes(frame), timeLimit(how.floorMs), milliseconds(this.#laidMs), how.lease ?? '']
    const [word, detail] = (await this.#commands.run(lay, [entry, lease, floor, dirty], args)) as [Buffer, unknown?]
    const kind = word.toString()
    if (kind === 'laid') return Number(detail)
    if (kind === 'unkept') return { unkept: String(detail) }
    return kind === 'newer' ? 'newer' : 'lost'
  }

  /** Rejects if the value may have run out before. */
  async keep({ dirty }: ValueKeys, id: string, laidAt: number): Promise<void> {
    const kept = String(await this.#commands.run(keep, [dirty], [id, String(laidAt + this.#laidMs / 2)]))
    if (kept !== 'kept') throw new StoreUnavailableError('The write took too long; its outcome is unknown')
  }

  /** The sequence of the value, or `full`. */
  async awaitWriter(
    { stream, index, sequence, deadIndex, ops }: PartitionKeys,
    write: { readonly key: string; readonly label: Uint8Array; readonly id: string; readonly most: string },
  ): Promise<string> {
    const args = [write.key, bytes(write.label), write.id, write.most]
    return String(await this.#commands.run(awaitWriter, [stream, index, sequence, deadIndex, ops], args))
  }

  /** `undefined` if the partition is another's. */
  async standings(
    { stream, index, owner, ops }: PartitionKeys,
    asked: { readonly token: string; readonly refs: readonly WriteRef[]; readonly count: boolean },
  ): Promise<readonly Standing[] | undefined> {
    const args = [asked.token, asked.count ? '1' : '', ...asked.refs.flatMap(({ id, key }) => [id, key])]
    const reply = await this.#commands.run(standing, [stream, index, owner, ops], args)
    if (!Array.isArray(reply)) return undefined
    return (reply as [Buffer, Buffer, unknown][]).map(([sequence, op, deliveries]) => ({
      sequence: sequence.toString(),
      op: op.toString(),
      deliveries: Number(deliveries),
    }))
  }

  /** Whether the value is gone now; `false` if another one lies there. */
  async lift({ dirty }: ValueKeys, id: string): Promise<boolean> {
    return String(await this.#commands.run(lift, [dirty], [id, ''])) === 'lifted'
  }

  async endWaits(
    { stream, index, owner, ops }: PartitionKeys,
    token: string,
    ended: readonly { readonly ref: WriteRef; readonly sequence: string; readonly other?: boolean }[],
  ): Promise<readonly Settled[]> {
    if (ended.length === 0) return []
    const each = ended.flatMap(({ ref, sequence, other }) => [ref.id, ref.key, sequence, other === true ? '1' : ''])
    const reply = await this.#commands.run(endWaits, [stream, index, owner, ops], [token, ...each])
    if (!Array.isArray(reply)) return ended.map(() => 'lost')
    return reply.map((word) => (String(word) === 'again' ? 'again' : 'settled'))
  }

  /** The id of the dead letter, or why there is none. */
  async keepLetter(
    { index, owner, dead, deadIndex }: PartitionKeys,
    write: Bury & { readonly token: string; readonly frame: Buffer; readonly sequence: string },
  ): Promise<string> {
    const { token, ref, opId, sequence, reason, frame, most } = write
    const args = [
      token,
      ref.key,
      bytes(ref.label),
      opId,
      sequence,
      String(ref.attempts + 1),
      reason,
      frame,
      share(most),
    ]
    return String(await this.#commands.run(keepLetter, [index, owner, dead, deadIndex], args))
  }

  async letter(
    { dead, deadIndex }: PartitionKeys,
    entryId: string,
  ): Promise<Letter | { readonly kind: 'missing' | 'superseded' }> {
    const reply = (await this.#commands.run(readLetter, [dead, deadIndex], [entryId])) as readonly Buffer[]
    const [kind, key, , op, frame] = reply
    if (key === undefined || op === undefined || frame === undefined)
      return { kind: String(kind) === 'superseded' ? 'superseded' : 'missing' }
    return { key: key.toString(), op: op.toString(), frame }
  }
}
