import { askRedis } from './ask-redis.ts'
import { findServer } from './find-server.ts'
import { freePort } from './free-port.ts'
import { OwnedServer } from './owned-server.ts'
import { poll } from './poll.ts'
import { REDIS_PROBE, redisCommand } from './redis-command.ts'
import { serverFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'

const SLOTS = 16_384
/** More than `OwnedServer` makes attempts. */
const BUS_PORTS = 6

/** How to start a Redis Cluster. */
export interface StartRedisClusterOptions {
  /** Primaries, which share the slots evenly. Default 3, the fewest that can agree on a failover. */
  readonly primaries?: number
  /** Replicas of each primary. Default 1. */
  readonly replicas?: number
  /** How long a node may be silent before the others take it for dead, in milliseconds. Default 1,500. */
  readonly nodeTimeoutMs?: number
  /** Further command-line arguments of every node. */
  readonly args?: readonly string[]
  /** Longest time until the cluster serves, in milliseconds; default 20,000. */
  readonly startMs?: number
}

/** A Redis Cluster for tests. */
export interface RedisClusterHandle extends AsyncDisposable {
  /** All nodes: first the primaries, then the first replica of each, and so on, as it was at the start. */
  readonly nodes: readonly ServerHandle[]
  /** Where the nodes are, as clients want to have it. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** Resolves when all nodes that run agree that all slots are served, and replicas follow; rejects after `startMs`. */
  untilServing(): Promise<void>
  /** Ends all nodes and removes their folders. Idempotent. */
  stop(): Promise<void>
}

/** Starts a Redis Cluster on free loopback ports, ports of its bus included. Always one of its own. Rejects with the reason if it does not come to serve. */
export async function startRedisCluster(options: StartRedisClusterOptions = {}): Promise<RedisClusterHandle> {
  const { primaries = 3, replicas = 1, startMs = 20_000 } = options
  const started = await Promise.allSettled(
    Array.from({ length: primaries * (1 + replicas) }, () => startNode(options, startMs)),
  )
  const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map(({ server }) => server.stop())))
  const untilServing = (): Promise<void> =>
    untilAll(nodes, { startMs, what: 'serve all slots', holds: (node) => isServing(node.server.port, nodes.length) })
  try {
    const failed = started.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    await join(nodes, primaries, startMs)
    await untilServing()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    nodes: nodes.map(({ server }) => server),
    addresses: nodes.map(({ server }) => ({ host: server.host, port: server.port })),
    untilServing,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface ClusterNode {
  readonly server: ServerHandle
  readonly busPort: () => number
}

async function startNode(
  { nodeTimeoutMs = 1500, args = [] }: StartRedisClusterOptions,
  startMs: number,
): Promise<ClusterNode> {
  const found = await findServer('redis-server', { own: true })
  if (found.kind === 'running') throw new Error('A cluster needs a program to start')
  const folder = await serverFolder('redis-cluster')
  const busPorts = await Promise.all(Array.from({ length: BUS_PORTS }, () => freePort()))
  let attempt = -1
  const busPort = (): number => busPorts[Math.max(0, attempt) % BUS_PORTS] as number
  const clustered = (): readonly string[] => [
    ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-port', String(busPort())],
    ...['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-allow-replica-migration', 'no'],
    ...['--repl-diskless-sync-delay', '0', ...args],
  ]
  const ports = new Set<number>()
  const server = await OwnedServer.start({
    name: 'redis-server',
    folder,
    command: (port) => {
      // A restart keeps its ports; another attempt to start gets others.
      if (!ports.has(port)) attempt++
      ports.add(port)
      return redisCommand(found.path, port, { folder, args: clustered() })
    },
    url: (port) => `redis://127.0.0.1:${port}`,
    probe: REDIS_PROBE,
    startMs,
  })
  return { server, busPort }
}

/** Gives the slots to the primaries, makes the nodes known to each other, and has the replicas follow. */
async function join(nodes: readonly ClusterNode[], primaries: number, startMs: number): Promise<void> {
  const [first] = nodes as readonly [ClusterNode]
  await Promise.all(
    nodes.map(async ({ server }, i) => {
      // Nodes that begin with one epoch would take turns to give way.
      await askRedis(server.port, 'CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      if (i >= primaries) return
      const bounds = [Math.floor((i * SLOTS) / primaries), Math.floor(((i + 1) * SLOTS) / primaries) - 1]
      await askRedis(server.port, 'CLUSTER', 'ADDSLOTSRANGE', ...bounds)
    }),
  )
  for (const { server } of nodes.slice(1))
    await askRedis(server.port, 'CLUSTER', 'MEET', first.server.host, first.server.port, first.busPort())
  const ids = await Promise.all(nodes.slice(0, primaries).map(({ server }) => askRedis(server.port, 'CLUSTER', 'MYID')))
  await untilAll(nodes, {
    startMs,
    what: 'know each other',
    holds: async ({ server }) => {
      const known = await askRedis(server.port, 'CLUSTER', 'NODES')
      return known.trim().split('\n').length === nodes.length && !known.includes('handshake')
    },
  })
  await Promise.all(
    nodes
      .slice(primaries)
      .map(({ server }, i) => askRedis(server.port, 'CLUSTER', 'REPLICATE', ids[i % primaries] as string)),
  )
}

async function isServing(port: number, known: number): Promise<boolean> {
  const [state, replication] = await Promise.all([
    askRedis(port, 'CLUSTER', 'INFO'),
    askRedis(port, 'INFO', 'replication'),
  ])
  return (
    /cluster_state:ok\b/.test(state) &&
    state.includes(`cluster_slots_ok:${SLOTS}`) &&
    state.includes(`cluster_known_nodes:${known}`) &&
    !replication.includes('master_link_status:down')
  )
}

async function untilAll(
  nodes: readonly ClusterNode[],
  until: { readonly startMs: number; readonly what: string; readonly holds: (node: ClusterNode) => Promise<boolean> },
): Promise<void> {
  const running = nodes.filter(({ server }) => server.pid !== undefined)
  const reached = await poll(until.startMs, async () => {
    const answers = await Promise.all(running.map((node) => until.holds(node).catch(() => false)))
    return answers.every((holds) => holds)
  })
  if (!reached) throw new Error(`The nodes of a Redis Cluster did not ${until.what} within ${until.startMs} ms`)
}
