import type { QueueName } from '@larder/core/contracts'

/** How many partitions a queue has. Part of the protocol: nodes that differ would write one key at the same time. */
export const PARTITIONS = 8

/** The keys of one partition; its hash tag is `<namespace>:<cache>:<partition>`. */
export interface PartitionKeys {
  readonly stream: string
  readonly index: string
  readonly owner: string
  readonly sequence: string
  readonly dead: string
  readonly deadIndex: string
  /** Only on a cluster: for each key the value that its sequence belongs to. */
  readonly ops: string
}

/** The keys of one value. */
export interface ValueKeys {
  readonly entry: string
  readonly lease: string
  readonly floor: string
  readonly dirty: string
}

/** Names the keys of a partition. */
export function partitionKeys({ namespace, cache }: QueueName, partition: number): PartitionKeys {
  const stream = `{${namespace}:${cache}:${partition}}:queue`
  return {
    stream,
    index: `${stream}:index`,
    owner: `${stream}:owner`,
    sequence: `${stream}:sequence`,
    dead: `${stream}:dead`,
    deadIndex: `${stream}:dead:index`,
    ops: `${stream}:ops`,
  }
}

/** The partition of a key: the 32-bit FNV-1a hash of its UTF-8 form, modulo {@link PARTITIONS}. */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0) % PARTITIONS
}

/** Names the keys of a value. */
export function valueKeys({ namespace, cache }: QueueName, key: string): ValueKeys {
  const entry = `${namespace}:{${cache}:${key}}`
  return { entry, lease: `${entry}:lease`, floor: `${entry}:floor`, dirty: `${entry}:dirty` }
}

/** A partition's share of a limit on the whole queue. */
export function share(most: number): string {
  return String(Math.max(1, Math.ceil(most / PARTITIONS)))
}

/** The same bytes, as clients take them. */
export function bytes(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}
