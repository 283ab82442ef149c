import { Redis } from 'ioredis'
import type { RedisClusterHandle } from '@larder/testing'
import { elapse } from '../elapse.ts'

/** Connections to each node of a cluster, past the cluster client. */
export class EveryNode {
  readonly clients: readonly Redis[]

  constructor({ addresses }: RedisClusterHandle) {
    this.clients = addresses.map(({ host, port }) => {
      const client = new Redis({ host, port, maxRetriesPerRequest: 0, commandTimeout: 4000, retryStrategy: () => 50 })
      client.on('error', () => {})
      return client
    })
  }

  /** Those that are primaries now. */
  async primaries(): Promise<readonly Redis[]> {
    const roles = await Promise.all(this.clients.map((client) => client.role().catch(() => [])))
    return this.clients.filter((_, i) => String((roles[i] as unknown[])[0]) === 'master')
  }

  /** The node that serves a slot, and another primary. */
  async around(slot: number): Promise<readonly [owner: Redis, other: Redis]> {
    const ranges = (await this.clients[0]?.cluster('SLOTS')) ?? []
    const port = ranges.find(([first, last]) => first <= slot && slot <= last)?.[2]?.[1]
    const primaries = await this.primaries()
    const owner = primaries.find(({ options }) => options.port === port) as Redis
    return [owner, primaries.find((node) => node !== owner) as Redis]
  }

  /** Begins to move a slot, as `redis-cli --cluster reshard` does; answers how to finish. */
  async beginMove(slot: number): Promise<() => Promise<void>> {
    const [owner, target] = await this.around(slot)
    const [from, to] = [String(await owner.cluster('MYID')), String(await target.cluster('MYID'))]
    await target.cluster('SETSLOT', slot, 'IMPORTING', from)
    await owner.cluster('SETSLOT', slot, 'MIGRATING', to)
    return async () => {
      const keys = await owner.cluster('GETKEYSINSLOT', slot, 1000)
      const { host = '', port = 0 } = target.options
      if (keys.length > 0) await owner.call('MIGRATE', host, port, '', 0, 2_000, 'REPLACE', 'KEYS', ...keys.map(String))
      for (const node of [target, owner, ...(await this.primaries())]) await node.cluster('SETSLOT', slot, 'NODE', to)
    }
  }

  /** Makes `ms` milliseconds pass for everything in the cluster. */
  async elapse(ms: number): Promise<void> {
    for (const client of await this.primaries()) await elapse(client, ms)
  }

  /** All keys that match, wherever they are. */
  async keys(pattern: string): Promise<readonly string[]> {
    return (await Promise.all((await this.primaries()).map((client) => client.keys(pattern)))).flat()
  }

  close(): void {
    for (const client of this.clients) client.disconnect()
  }
}
