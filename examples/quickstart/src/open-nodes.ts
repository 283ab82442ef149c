import { memory } from '@larder/core'
import { redis } from '@larder/redis'
import type { ServerHandle } from '@larder/testing'
import type { CityDatabase } from './city-database.ts'
import { CityNode } from './city-node.ts'
import type { DemoNode } from './demo-node.ts'
import { SecondProcess } from './second-process.ts'

/** Two nodes of one application. */
export interface DemoNodes extends AsyncDisposable {
  readonly first: CityNode
  readonly second: DemoNode
  /** In words: what the nodes are, and what they share. */
  readonly setting: readonly string[]
}

/** Two processes over a Redis, or, without one, two nodes in this process over one memory backend. */
export async function openNodes(database: CityDatabase, server: ServerHandle | undefined): Promise<DemoNodes> {
  const nodes = server === undefined ? inOneProcess(database) : inTwoProcesses(database, server)
  try {
    await Promise.all([nodes.first.ready(), nodes.second.ready()])
    // What an earlier run left in a Redis that runs on must not count as a hit of this one.
    await Promise.all([nodes.first.caches.cities.clear(), nodes.first.caches.lists.clear()])
    return nodes
  } catch (error) {
    await nodes[Symbol.asyncDispose]()
    throw error
  }
}

function inOneProcess(database: CityDatabase): DemoNodes {
  const shared = memory()
  return joined(new CityNode(database, shared), new CityNode(database, shared), [
    'two nodes in one process, over one memory() backend',
    '(with REDIS_URL, or redis-server on the machine, they are two processes over Redis)',
  ])
}

function inTwoProcesses(database: CityDatabase, { url, host, port, owned }: ServerHandle): DemoNodes {
  return joined(new CityNode(database, redis({ url })), new SecondProcess(database, url), [
    `two processes over ${owned ? 'a redis-server started for this run' : `Redis at ${host}:${port}`}`,
    '(the second one asks the first for its rows: its queries are counted there)',
  ])
}

function joined(first: CityNode, second: DemoNode, setting: readonly string[]): DemoNodes {
  const close = async (): Promise<void> => {
    await Promise.all([first.close(), second.close()])
  }
  return { first, second, setting, [Symbol.asyncDispose]: close }
}
