import type { ConnectionOptions } from 'node:tls'
import type { IoredisClusterLike } from './client/ioredis-cluster-like.ts'
import type { IoredisLike } from './client/ioredis-like.ts'
import { parseAddresses } from './client/parse-addresses.ts'
import type { RedisCredentials, RedisOptions, RedisSentinels } from './redis-options.ts'
import { resolveConnection } from './resolve-connection.ts'
import type { Connection } from './resolve-connection.ts'
import { resolveTuning } from './resolve-options.ts'
import type { ResolvedTuning } from './resolve-options.ts'

const DEFAULT_PORT = 6379
const DEFAULT_SENTINEL_PORT = 26_379

/** One server of several. */
type Place = { readonly host: string; readonly port: number }

/** Sentinels, as ioredis takes them. */
export interface SentinelConnection extends Connection {
  readonly name: string
  readonly sentinels: readonly Place[]
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
  readonly sentinelTLS?: ConnectionOptions
  readonly enableTLSForSentinelMode: boolean
}

/** What to connect to. */
export type Target =
  | { readonly kind: 'client'; readonly client: IoredisLike }
  | { readonly kind: 'cluster client'; readonly client: IoredisClusterLike }
  | { readonly kind: 'server'; readonly connection: Connection }
  | { readonly kind: 'sentinel'; readonly connection: SentinelConnection }
  | { readonly kind: 'cluster'; readonly nodes: readonly Place[]; readonly connection: Connection }

/** The options of `redis()` over ioredis, checked, with defaults filled in. */
export interface ResolvedIoredisOptions extends ResolvedTuning {
  readonly target: Target
}

/** Where to connect is said by one of these, or by what belongs to a single server. */
const WAYS = ['client', 'cluster', 'sentinel'] as const
const SINGLE = ['url', 'host', 'port', 'path'] as const

/** Checks the options of `redis()` over ioredis; throws `TypeError` for wrong ones. Messages never contain credentials. */
export function resolveIoredisOptions(options: RedisOptions): ResolvedIoredisOptions {
  const tuning = resolveTuning(options)
  const [way, another] = [...WAYS, ...SINGLE].filter((name) => name in options)
  if (another !== undefined && WAYS.some((name) => name === way))
    throw new TypeError(`redis() takes either \`${way}\` or \`${another}\`, not both`)
  return { ...tuning, target: resolveTarget(options) }
}

function resolveTarget(options: RedisOptions): Target {
  if ('client' in options) return clientTarget(options.client)
  if ('cluster' in options) {
    if ('db' in options) throw new TypeError('a cluster has database 0 only: leave `db` out')
    const nodes = parseAddresses('cluster', options.cluster, DEFAULT_PORT)
    return { kind: 'cluster', nodes, connection: resolveConnection(credentialsOf(options)) }
  }
  if (!('sentinel' in options)) return { kind: 'server', connection: resolveConnection(options) }
  const { db, sentinel } = options
  const connection = resolveConnection({ ...credentialsOf(options), ...(db === undefined ? {} : { db }) })
  return { kind: 'sentinel', connection: sentinelConnection(sentinel, connection) }
}

function clientTarget(client: IoredisLike | IoredisClusterLike): Target {
  if (typeof client?.callBuffer !== 'function' || typeof (client as Partial<IoredisLike>).duplicate !== 'function')
    throw new TypeError(
      '`client` is not an ioredis client: for others, import redis() from @larder/redis/node-redis or @larder/redis/valkey-glide',
    )
  if (!isCluster(client)) return { kind: 'client', client }
  // A lease, or what was just invalidated, may not have reached a replica yet.
  if ((client.options.scaleReads ?? 'master') !== 'master')
    throw new TypeError(
      '`client` reads from replicas (`scaleReads`), which may be behind: Larder needs a cluster client that reads from primaries',
    )
  return { kind: 'cluster client', client }
}

function isCluster(client: IoredisLike | IoredisClusterLike): client is IoredisClusterLike {
  return client.isCluster === true && 'nodes' in client && typeof client.nodes === 'function'
}

function sentinelConnection(sentinel: RedisSentinels, connection: Connection): SentinelConnection {
  const { name, sentinels, username, password, tls } = sentinel
  if (typeof name !== 'string' || name === '') throw new TypeError('`sentinel.name` is not the name of a group')
  return {
    ...connection,
    name,
    sentinels: parseAddresses('sentinel.sentinels', sentinels, DEFAULT_SENTINEL_PORT),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls === undefined || tls === false ? {} : { sentinelTLS: tls === true ? {} : tls }),
    enableTLSForSentinelMode: connection.tls !== undefined,
  }
}

function credentialsOf({ username, password, tls }: RedisCredentials): RedisCredentials {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  }
}
