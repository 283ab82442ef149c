import { startRedisCluster } from '@larder/testing'
import type { RedisClusterHandle, ServerHandle } from '@larder/testing'
import calculateSlot from 'cluster-key-slot'
import { Cluster, Redis } from 'ioredis'
import type { RedisOptions } from '../../src/index.ts'
import { LIMITS } from '../chaos/limits.ts'
import type { Stage } from '../chaos/stage.ts'

/** A node of the cluster, with a connection of its own. */
export interface StagedNode {
  readonly handle: ServerHandle
  readonly client: Redis
}

/** A Redis Cluster of six nodes. */
export class ClusterStage implements Stage {
  readonly connections: readonly RedisOptions[]
  readonly cluster: RedisClusterHandle
  readonly nodes: readonly StagedNode[]
  readonly #admin: Cluster

  private constructor(cluster: RedisClusterHandle) {
    this.cluster = cluster
    this.connections = Array.from({ length: LIMITS.nodes }, () => ({ cluster: cluster.addresses }))
    const redisOptions = { commandTimeout: 4_000, maxRetriesPerRequest: 0 }
    this.#admin = new Cluster([...cluster.addresses], { redisOptions })
    this.#admin.on('error', () => {})
    this.nodes = cluster.nodes.map((handle) => {
      const client = new Redis({ ...redisOptions, host: handle.host, port: handle.port, retryStrategy: () => 50 })
      client.on('error', () => {})
      return { handle, client }
    })
  }

  static async start(): Promise<ClusterStage> {
    return new ClusterStage(await startRedisCluster({ nodeTimeoutMs: 1_000 }))
  }

  /** The nodes that serve slots now, and for each one its replicas. */
  async shards(): Promise<readonly { readonly primary: StagedNode; readonly replicas: readonly StagedNode[] }[]> {
    const slots = await this.#admin.cluster('SLOTS')
    const shards = new Map<StagedNode, readonly StagedNode[]>()
    for (const [, , ...places] of slots) {
      const [primary, ...replicas] = places.map(([, port]) => this.nodes.find(({ handle }) => handle.port === port))
      if (primary !== undefined)
        shards.set(
          primary,
          replicas.filter((node) => node !== undefined),
        )
    }
    return [...shards].map(([primary, replicas]) => ({ primary, replicas }))
  }

  command(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.#admin.call(name, ...args.map(String))
  }

  async transaction(commands: readonly (readonly [string, ...string[]])[]): Promise<unknown[]> {
    const multi = this.#admin.multi()
    for (const [name, ...args] of commands) multi.callBuffer(name, ...args)
    const results = await multi.exec()
    if (results === null) throw new Error('the transaction was aborted')
    return results.map(([error, result]) => {
      if (error !== null) throw error
      return result
    })
  }

  async look(
    values: readonly string[],
    marks: readonly string[],
  ): Promise<{ values: (Buffer | null)[]; marks: (Buffer | null)[] }> {
    const present = await this.#admin.mgetBuffer(...marks)
    return { values: await Promise.all(values.map((key) => this.#admin.getBuffer(key))), marks: present }
  }

  async stop(): Promise<void> {
    this.#admin.disconnect()
    for (const { client } of this.nodes) client.disconnect()
    await this.cluster.stop()
  }
}

/** The slot of a key. */
export function slotOf(key: string): number {
  return calculateSlot(key)
}
