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
  }
}

/** The partition of a key: the 32-bit FNV-1a hash of its UTF-8 form, modulo {@link PARTITIONS}. */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0) % PARTITIONS
}
