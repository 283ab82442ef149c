import assert from 'node:assert/strict'
import type { BuriedWrite, Claimed, QueuedWrite, Settle, WriteQueue, WriteRef } from '@larder/core/contracts'
import { frameHead } from '@larder/core/contracts'
import { KeyProbe } from '../store/key-probe.ts'
import type { QueueHarness } from './queue-harness.ts'

const LONG = 3_600_000

/** A queue under test. Values, owners and writes have short names here. */
export class QueueProbe {
  readonly #harness: QueueHarness
  readonly #queue: WriteQueue

  constructor(harness: QueueHarness) {
    this.#harness = harness
    this.#queue = harness.queue
  }

  /** What bytes go with a key. */
  static label(key: string): Uint8Array {
    return Buffer.concat([Buffer.from([0, 255, 10, 124]), Buffer.from(key)])
  }

  /** `queued`, `newer` or `full`. */
  async enqueue(
    key: string,
    name: string,
    how: { readonly version?: number; readonly most?: number; readonly payload?: Uint8Array } = {},
  ): Promise<string> {
    const { version, most = 10_000 } = how
    const write = { key, label: QueueProbe.label(key), frame: KeyProbe.frame(name, how), most }
    const enqueued = await this.#queue.enqueue(this.#harness.name, {
      ...write,
      ...(version === undefined ? {} : { floorMs: LONG }),
    })
    if (enqueued.kind === 'queued')
      assert.ok(enqueued.partition >= 0 && enqueued.partition < this.#harness.manifest.partitions)
    return enqueued.kind
  }

  claim(
    partition: number,
    owner: string,
    how: { readonly most?: number; readonly leaseMs?: number; readonly resume?: boolean } = {},
  ): Promise<Claimed> {
    const { most = 1_000, leaseMs = LONG, resume = false } = how
    return this.#queue.claim(this.#harness.name, partition, { token: owner, leaseMs, most, resume })
  }

  /** Claims every partition; what was handed out, by key. */
  async claimAll(owner: string, how: Parameters<QueueProbe['claim']>[2] = {}): Promise<Map<string, Place>> {
    const places = new Map<string, Place>()
    for (let partition = 0; partition < this.#harness.manifest.partitions; partition++) {
      const claimed = await this.claim(partition, owner, how)
      if (claimed.kind === 'owned') for (const ref of claimed.refs) places.set(ref.key, { partition, ref })
    }
    return places
  }

  /** The write of one place, as its owner fetches it. */
  async fetch(owner: string, { partition, ref }: Place): Promise<QueuedWrite> {
    const fetched = await this.#queue.fetch(this.#harness.name, partition, { token: owner, refs: [ref] })
    assert.equal(fetched.kind, 'writes', 'another owner has it')
    const [write] = fetched.kind === 'writes' ? fetched.writes : []
    assert.ok(write !== undefined, `nothing was fetched for ${ref.key}`)
    return write
  }

  async settle(owner: string, place: Place, name: string): Promise<string> {
    const writes = [settleOf(place.ref, name)]
    const [settled] = await this.#queue.settle(this.#harness.name, place.partition, { token: owner, writes })
    return settled as string
  }

  bury(owner: string, place: Place, write: { readonly name: string; readonly most?: number }): Promise<string> {
    const { name, most = 10_000 } = write
    const request = { ...settleOf(place.ref, name), reason: 'refused', most, token: owner }
    return this.#queue.bury(this.#harness.name, place.partition, request)
  }

  /** What `take` shows of a key, in the words of `KeyProbe.take`. */
  take(key: string, name = 'reader'): Promise<string> {
    return this.store(key).take(name)
  }

  /** The store's view of a key. */
  store(key: string): KeyProbe {
    const { namespace, cache } = this.#harness.name
    return KeyProbe.at(this.#harness.store, `${namespace}:{${cache}:${key}}`)
  }

  async pending(...keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    const frames = await this.#queue.pending(this.#harness.name, keys)
    return frames.map((frame) => (frame === undefined ? undefined : nameOf(frame)))
  }

  async waiting(): Promise<number> {
    return (await this.#queue.size(this.#harness.name)).waiting
  }

  buried(limit = 100): Promise<readonly BuriedWrite[]> {
    return this.#queue.buried(this.#harness.name, limit)
  }

  async revive(id: string): Promise<string> {
    return (await this.#queue.revive(this.#harness.name, id)).kind
  }

  discard(id: string): Promise<boolean> {
    return this.#queue.discard(this.#harness.name, id)
  }

  /** Enqueues, claims, fetches and settles one write. */
  async write(key: string, name: string): Promise<void> {
    assert.equal(await this.enqueue(key, name), 'queued')
    const place = (await this.claimAll('writer')).get(key) as Place
    await this.fetch('writer', place)
    assert.equal(await this.settle('writer', place, name), 'settled')
  }

  /** Buries a write as its own owner would. */
  async kill(key: string, name: string): Promise<BuriedWrite> {
    assert.equal(await this.enqueue(key, name), 'queued')
    const place = (await this.claimAll('writer')).get(key) as Place
    await this.fetch('writer', place)
    assert.equal(await this.bury('writer', place, { name }), 'settled')
    return (await this.buried()).at(-1) as BuriedWrite
  }
}

/** A waiting key and its partition. */
export interface Place {
  readonly partition: number
  readonly ref: WriteRef
}

/** The short name of a value. */
export function nameOf(frame: Uint8Array): string {
  return (frameHead(frame)?.id ?? 'no frame').replace(/_+$/, '')
}

function settleOf(ref: WriteRef, name: string): Settle {
  return { ref, opId: KeyProbe.token(name) }
}
