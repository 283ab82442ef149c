import assert from 'node:assert/strict'
import type { QueueName, WriteRef } from '@larder/core/contracts'
import { frameHead } from '@larder/core/contracts'
import { buildFrame } from '@larder/testing'
import type { Redis } from 'ioredis'
import type { ClusterQueue } from '../../src/queue/cluster-queue.ts'
import { partitionOf } from '../../src/queue/partition-keys.ts'
import type { Actor } from './interleavings.ts'

/** The queue that is worked on. */
export const NAME: QueueName = { namespace: 'ns', cache: 'c' }
const KEY = 'k'
/** The partition of the key that is written. */
export const PARTITION: number = partitionOf(KEY)
/** Where its value lies. */
export const DIRTY: string = `ns:{c:${KEY}}:dirty`
const LEASE_MS = 3_600_000

/** The id of a value with a short name. */
export const idOf = (name: string): string => name.padEnd(16, '_')
/** The short name of a value. */
export const nameOf = (frame: Uint8Array): string => (frameHead(frame)?.id ?? '').replace(/_+$/, '')

/** One key, what its writers were told, and what reached the source. */
export class Ledger {
  readonly #client: Redis
  readonly #queue: ClusterQueue
  /** In the order in which they were laid over the key, the last one each. */
  readonly laid: string[] = []
  readonly acknowledged: string[] = []
  readonly refused: string[] = []
  readonly source: { readonly name: string; readonly sequence: number }[] = []

  constructor(client: Redis, queue: ClusterQueue) {
    this.#client = client
    this.#queue = queue
  }

  /** Acknowledges a write, as an application does. */
  enqueue(name: string): Actor {
    return { name: `enqueue ${name}`, work: (by) => this.put(by, name) }
  }

  async put(by: ClusterQueue, name: string): Promise<void> {
    const label = Buffer.from('label')
    const { kind } = await by.enqueue(NAME, { key: KEY, label, frame: buildFrame({ id: idOf(name) }), most: 100 })
    if (kind === 'queued') this.acknowledged.push(name)
    else this.refused.push(name)
  }

  /** Claims, fetches, writes, settles: once. */
  worker(token: string, end: 'settle' | 'bury' = 'settle'): Actor {
    return {
      name: token,
      work: async (by) => {
        const ref = await this.claim(by, token)
        if (ref !== undefined) await this.write(by, { token, ref, end })
      },
    }
  }

  async claim(by: ClusterQueue, token: string): Promise<WriteRef | undefined> {
    const claimed = await by.claim(NAME, PARTITION, { token, leaseMs: LEASE_MS, most: 10, resume: true })
    return claimed.kind === 'owned' ? claimed.refs[0] : undefined
  }

  async write(
    by: ClusterQueue,
    {
      token,
      ref,
      end = 'settle',
    }: { readonly token: string; readonly ref: WriteRef; readonly end?: 'settle' | 'bury' },
  ): Promise<void> {
    const fetched = await by.fetch(NAME, PARTITION, { token, refs: [ref] })
    const [write] = fetched.kind === 'writes' ? fetched.writes : []
    if (write === undefined) return
    const settle = { ref: write.ref, opId: idOf(nameOf(write.frame)) }
    if (end === 'bury') {
      await by.bury(NAME, PARTITION, { ...settle, token, reason: 'refused', most: 100 })
      return
    }
    this.source.push({ name: nameOf(write.frame), sequence: write.sequence })
    await by.settle(NAME, PARTITION, { token, writes: [settle] })
  }

  /** What a healthy worker does afterwards, and time: before it, or after it. */
  async drain(minuteFirst: boolean): Promise<void> {
    if (minuteFirst) await this.#minutePasses()
    await this.#client.del(`{ns:c:${PARTITION}}:queue:owner`)
    for (let round = 0; round < 10; round++) {
      const ref = await this.claim(this.#queue, 'last')
      if (ref === undefined) break
      await this.write(this.#queue, { token: 'last', ref })
    }
    await this.#minutePasses()
  }

  /** Whatever was acknowledged has reached the source, or something newer has; in order; and nothing is left behind. */
  async check(minuteFirst: boolean): Promise<void> {
    await this.drain(minuteFirst)
    const rank = (name: string): number => this.laid.lastIndexOf(name)
    const written = this.source.map(({ name }) => name)
    for (const name of this.acknowledged) {
      assert.ok(rank(name) >= 0, `${name} was acknowledged and never laid`)
      assert.ok(
        written.some((one) => rank(one) >= rank(name)),
        `${name} was acknowledged, and the source got only ${written.join()}`,
      )
    }
    for (const [i, { name, sequence }] of this.source.entries()) {
      for (const earlier of this.source.slice(0, i)) {
        if (rank(earlier.name) > rank(name))
          assert.ok(earlier.sequence > sequence, `${name} after ${earlier.name}, as newer`)
        if (rank(earlier.name) < rank(name))
          assert.ok(
            earlier.sequence < sequence,
            `${name} after ${earlier.name}, and the source cannot tell that it is newer`,
          )
      }
    }
    assert.equal(await this.#client.exists(DIRTY), 0, 'a value is left that no writer will get')
    assert.equal((await this.#queue.size(NAME)).waiting, 0)
    assert.equal(await this.#client.hlen(`{ns:c:${PARTITION}}:queue:index`), 0)
    assert.equal(await this.#client.hlen(`{ns:c:${PARTITION}}:queue:ops`), 0)
  }

  /** What was laid and never kept is gone after its minute. */
  async #minutePasses(): Promise<void> {
    if ((await this.#client.pttl(DIRTY)) >= 0) await this.#client.del(DIRTY)
  }
}
