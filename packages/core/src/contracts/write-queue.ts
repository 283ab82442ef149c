import type { Frame } from './frame.ts'

/** What a queue of writes can do. */
export interface QueueManifest {
  /** Whether an acknowledged write outlives the process that made it, and any process may hand it to its writer. */
  readonly durable: boolean
  /** How many parts a queue has. Writes of one key are always in the same one; each has at most one owner. */
  readonly partitions: number
}

/** Names a queue: each cache has one. Both parts are escaped as in keys of the store. */
export interface QueueName {
  readonly namespace: string
  readonly cache: string
}

/** A write to acknowledge. */
export interface Enqueue {
  /** The key, escaped as in records: the entry is `<namespace>:{<cache>:<key>}`. */
  readonly key: string
  /** Bytes that come back with the write as they are, or those of another write of the same key. */
  readonly label: Uint8Array
  /** The value. Its id names the write; its version, if it has one, is compared as `drop` does. */
  readonly frame: Frame
  /** How long the version stays known, in milliseconds. Only with a version. */
  readonly floorMs?: number
  /** Most keys that may wait in the queue, shared evenly by its partitions. A key that waits already always finds room. */
  readonly most: number
}

/** What became of a write: it is acknowledged; a newer version is known; there is no room. Unless `queued`, nothing was done. */
export type Enqueued =
  { readonly kind: 'queued'; readonly partition: number } | { readonly kind: 'newer' } | { readonly kind: 'full' }

/** Asks to own a partition, for the first time or further, and for keys whose writes wait. */
export interface Claim {
  /** Names the owner. */
  readonly token: string
  /** How long the ownership lasts unless it is claimed again, in milliseconds. */
  readonly leaseMs: number
  /** Most keys to hand out; 0 only prolongs. */
  readonly most: number
  /** Hand out again what this owner has already: it does not know whether it heard all answers. A new owner always gets everything. */
  readonly resume: boolean
}

/** One waiting key, handed out to the owner of its partition. */
export interface WriteRef {
  /** Orders what waits in a partition; `<number>-<number>`, compared as record ids are. */
  readonly id: string
  readonly key: string
  readonly label: Uint8Array
  /** How often it has been handed out or fetched before, by any owner. */
  readonly attempts: number
}

/**
 * Answers a {@link Claim}. `held`: another owner's time is not over. `empty`: nothing waits, and the partition has no owner now.
 * `all`: what was handed out is all that any owner ever had and has not settled, and what came since.
 */
export type Claimed =
  | { readonly kind: 'held' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'owned'; readonly refs: readonly WriteRef[]; readonly all: boolean }

/** The newest write of a key. */
export interface QueuedWrite {
  readonly ref: WriteRef
  /** The value; its id names the write. */
  readonly frame: Frame
  /** Grows with every write of the partition: a safe integer above 0. */
  readonly sequence: number
}

/** What is to be written now. `gone`: keys whose value somebody removed past the queue; they wait no longer. `lost`: another owner has them. */
export type Fetched =
  | { readonly kind: 'lost' }
  | { readonly kind: 'writes'; readonly writes: readonly QueuedWrite[]; readonly gone: readonly WriteRef[] }

/** A write that reached its writer. */
export interface Settle {
  readonly ref: WriteRef
  /** The id of the value that was written. */
  readonly opId: string
}

/** `settled`: the key waits no longer. `again`: it has a newer value, which waits. `lost`: another owner has it; nothing was done. */
export type Settled = 'settled' | 'again' | 'lost'

/** A write to set aside for good. */
export interface Bury extends Settle {
  /** Why, for people. */
  readonly reason: string
  /** Most dead letters that the queue keeps, shared evenly by its partitions. */
  readonly most: number
}

/** A write that its writer would not take. */
export interface BuriedWrite {
  /** Names it among the dead letters of its queue. */
  readonly id: string
  readonly key: string
  readonly label: Uint8Array
  readonly frame: Frame
  readonly sequence: number
  readonly reason: string
  /** How often it was tried. */
  readonly attempts: number
  /** When it was buried, in wall ms. */
  readonly buriedAt: number
}

/** `queued`: it waits again. `superseded`: a later write of its key exists, so it was dropped. `missing`: there is none of that id. */
export type Revived =
  | { readonly kind: 'queued'; readonly key: string; readonly partition: number }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'missing' }

/** How far a queue has come: the last sequence of each partition, in digits. A key's place may be older than the value that waits in it. */
export type QueuePosition = readonly string[]

/**
 * Keeps acknowledged writes until their writer has taken them (write-behind). Of one key only the newest value waits; while it does, `Store.take`
 * answers it as `dirty`, and neither eviction nor invalidation takes it away. Each method is atomic. A rejection means that
 * the outcome is unknown; repeating the call is safe.
 */
export interface WriteQueue {
  readonly manifest: QueueManifest
  /** Rejects with `UnsupportedError` where acknowledged writes could be lost; asked before the first write. */
  ready(): Promise<void>
  /**
   * In one step: lays the value over its key, removes the key's entry, revokes its lease, and lets it wait. A key that waits
   * already keeps its place.
   */
  enqueue(queue: QueueName, write: Enqueue): Promise<Enqueued>
  /** The waiting values of some keys, in their order. */
  pending(queue: QueueName, keys: readonly string[]): Promise<readonly (Frame | undefined)[]>
  claim(queue: QueueName, partition: number, claim: Claim): Promise<Claimed>
  /** Counts an attempt for each, and answers what their values are now. */
  fetch(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly refs: readonly WriteRef[] },
  ): Promise<Fetched>
  /** Ends the wait of written keys whose value is still the one that was written; answered in their order. */
  settle(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly writes: readonly Settle[] },
  ): Promise<readonly Settled[]>
  /** Moves a write to the dead letters; readers then see the source again. `full`: there is no room, and it still waits. */
  bury(queue: QueueName, partition: number, request: Bury & { readonly token: string }): Promise<Settled | 'full'>
  /** Gives a partition up before its time. */
  release(queue: QueueName, partition: number, token: string): Promise<void>
  /** How many keys wait, and the position that every write acknowledged before has been given. */
  size(queue: QueueName): Promise<{ readonly waiting: number; readonly position: QueuePosition }>
  /** Whether no value with a sequence up to the position waits any more. */
  passed(queue: QueueName, position: QueuePosition): Promise<boolean>
  /** The oldest dead letters. */
  buried(queue: QueueName, limit: number): Promise<readonly BuriedWrite[]>
  /** Lets a dead letter wait again, unless a later write of its key exists. */
  revive(queue: QueueName, id: string): Promise<Revived>
  /** Removes a dead letter; whether there was one. */
  discard(queue: QueueName, id: string): Promise<boolean>
}
