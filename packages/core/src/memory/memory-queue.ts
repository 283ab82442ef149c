import type { Clock } from '../contracts/clock.ts'
import type { Frame } from '../contracts/frame.ts'
import { frameHead } from '../contracts/frame.ts'
import type {
  BuriedWrite,
  Bury,
  Claim,
  Claimed,
  Enqueue,
  Enqueued,
  Fetched,
  QueuedWrite,
  QueueManifest,
  QueueName,
  QueuePosition,
  Revived,
  Settle,
  Settled,
  WriteQueue,
  WriteRef,
} from '../contracts/write-queue.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import type { MemoryStore } from './memory-store.ts'
import { WaitingKeys } from './waiting-keys.ts'
import type { WaitingKey } from './waiting-keys.ts'

/** What the queue of one cache holds. */
interface Room {
  readonly waiting: WaitingKeys
  readonly dead: Map<string, BuriedWrite>
  /** The dead letter of each key that no later write has superseded. */
  readonly deadOf: Map<string, string>
  owner: { readonly token: string; readonly endsAt: number } | undefined
}

/**
 * The in-process {@link WriteQueue}, and the reference for what the others do: one partition, nothing outlives the process. Every method
 * does its work before it returns its promise, so a call is one atomic step.
 */
export class MemoryQueue implements WriteQueue {
  readonly manifest: QueueManifest = { durable: false, partitions: 1 }
  readonly #store: MemoryStore
  readonly #clock: Clock
  readonly #rooms = new Map<string, Room>()
  #closed = false

  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async ready(): Promise<void> {}

  async enqueue(queue: QueueName, write: Enqueue): Promise<Enqueued> {
    const { waiting, deadOf } = this.#room(queue)
    const { key, label, frame, floorMs = Infinity, most } = write
    if (!waiting.has(key) && waiting.size >= most) return { kind: 'full' }
    if (!this.#store.overwrite(keyOf(queue, key), frame, floorMs)) return { kind: 'newer' }
    waiting.put({ key, label, sequence: this.#clock.now() * 1000 })
    deadOf.delete(key)
    return { kind: 'queued', partition: 0 }
  }

  async pending(queue: QueueName, keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    return keys.map((key) => this.#store.covering(keyOf(queue, key)))
  }

  async claim(queue: QueueName, _partition: number, claim: Claim): Promise<Claimed> {
    const room = this.#room(queue)
    const { waiting } = room
    const now = this.#clock.monotonic()
    const owner = room.owner !== undefined && room.owner.endsAt > now ? room.owner : undefined
    if (owner !== undefined && owner.token !== claim.token) return { kind: 'held' }
    if (waiting.size === 0) {
      room.owner = undefined
      return { kind: 'empty' }
    }
    room.owner = { token: claim.token, endsAt: now + claim.leaseMs }
    const all = owner === undefined || claim.resume
    if (all) waiting.takeBack()
    return { kind: 'owned', refs: waiting.handOut(claim.most).map(refOf), all }
  }

  async fetch(
    queue: QueueName,
    _partition: number,
    request: { readonly token: string; readonly refs: readonly WriteRef[] },
  ): Promise<Fetched> {
    const room = this.#room(queue)
    if (!this.#owns(room, request.token)) return { kind: 'lost' }
    const writes: QueuedWrite[] = []
    for (const { key } of request.refs) {
      const waiting = room.waiting.get(key)
      const frame = this.#store.covering(keyOf(queue, key))
      if (waiting === undefined || frame === undefined) continue
      const ref = refOf(waiting)
      waiting.attempts++
      writes.push({ ref, frame, sequence: waiting.sequence })
    }
    return { kind: 'writes', writes, gone: [] }
  }

  async settle(
    queue: QueueName,
    _partition: number,
    request: { readonly token: string; readonly writes: readonly Settle[] },
  ): Promise<readonly Settled[]> {
    const room = this.#room(queue)
    if (!this.#owns(room, request.token)) return request.writes.map(() => 'lost')
    return request.writes.map((write) => this.#end(queue, room, write))
  }

  async bury(
    queue: QueueName,
    _partition: number,
    request: Bury & { readonly token: string },
  ): Promise<Settled | 'full'> {
    const room = this.#room(queue)
    if (!this.#owns(room, request.token)) return 'lost'
    if (room.dead.size >= request.most) return 'full'
    const { key, label } = request.ref
    const waiting = room.waiting.get(key)
    const frame = this.#store.covering(keyOf(queue, key))
    const settled = this.#end(queue, room, request)
    if (settled !== 'settled' || waiting === undefined || frame === undefined) return settled
    const { id, sequence, attempts } = waiting
    const { reason } = request
    room.dead.set(id, { id, key, label, frame, sequence, reason, attempts, buriedAt: this.#clock.now() })
    room.deadOf.set(key, id)
    return settled
  }

  async release(queue: QueueName, _partition: number, token: string): Promise<void> {
    const room = this.#room(queue)
    if (room.owner?.token === token) room.owner = undefined
  }

  async size(queue: QueueName): Promise<{ readonly waiting: number; readonly position: QueuePosition }> {
    const { waiting } = this.#room(queue)
    return { waiting: waiting.size, position: [String(waiting.lastSequence)] }
  }

  async passed(queue: QueueName, position: QueuePosition): Promise<boolean> {
    return !this.#room(queue).waiting.hasUpTo(Number(position[0] ?? 0))
  }

  async buried(queue: QueueName, limit: number): Promise<readonly BuriedWrite[]> {
    return [...this.#room(queue).dead.values()].slice(0, limit)
  }

  async revive(queue: QueueName, id: string): Promise<Revived> {
    const { dead, deadOf, waiting } = this.#room(queue)
    const write = dead.get(id)
    if (write === undefined) return { kind: 'missing' }
    dead.delete(id)
    const current = deadOf.get(write.key) === id
    if (current) deadOf.delete(write.key)
    if (!current || !this.#store.overwrite(keyOf(queue, write.key), write.frame, 0)) return { kind: 'superseded' }
    waiting.put({ key: write.key, label: write.label, sequence: write.sequence, keep: true })
    return { kind: 'queued', key: write.key, partition: 0 }
  }

  async discard(queue: QueueName, id: string): Promise<boolean> {
    const { dead, deadOf } = this.#room(queue)
    const write = dead.get(id)
    if (write !== undefined && deadOf.get(write.key) === id) deadOf.delete(write.key)
    return dead.delete(id)
  }

  /** Drops everything. */
  close(): void {
    this.#closed = true
    this.#rooms.clear()
  }

  /** Ends the wait of a key whose value is still the one that was written; a newer one gets a place at the end. */
  #end(queue: QueueName, { waiting }: Room, write: Settle): Settled {
    const { key } = write.ref
    const cover = this.#store.covering(keyOf(queue, key))
    if (cover !== undefined && frameHead(cover)?.id !== write.opId) {
      waiting.requeue(key)
      return 'again'
    }
    this.#store.uncover(keyOf(queue, key), write.opId)
    waiting.delete(key)
    return 'settled'
  }

  #owns(room: Room, token: string): boolean {
    return room.owner?.token === token && room.owner.endsAt > this.#clock.monotonic()
  }

  #room({ namespace, cache }: QueueName): Room {
    if (this.#closed) throw new StoreUnavailableError('The memory backend was closed; make a new one with memory()')
    const name = `${namespace}:${cache}`
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = { waiting: new WaitingKeys(), dead: new Map(), deadOf: new Map(), owner: undefined }
      this.#rooms.set(name, room)
    }
    return room
  }
}

function keyOf({ namespace, cache }: QueueName, key: string): string {
  return `${namespace}:{${cache}:${key}}`
}

function refOf({ id, key, label, attempts }: WaitingKey): WriteRef {
  return { id, key, label, attempts }
}
