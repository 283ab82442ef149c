import type { ConnectionOptions } from 'node:tls'
import type { IoredisClusterLike } from './client/ioredis-cluster-like.ts'
import type { IoredisLike } from './client/ioredis-like.ts'
import type { RedisAddress } from './client/parse-addresses.ts'
import type { RedisHooks } from './hooks/redis-hooks.ts'

/** Options that apply to every connection. */
export interface RedisTuning {
  /** Longest time until a call settles, in milliseconds, waiting for the connection included. Default 1,000. */
  readonly timeoutMs?: number
  /**
   * Invalidations kept for nodes that were away, about. A node that missed more than that starts with an empty memory.
   * Default 10,000.
   */
  readonly journalLength?: number
  /** Told of every command that the backend sends, and of its connections. */
  readonly hooks?: RedisHooks
}

/** Who connects, and how. */
export interface RedisCredentials {
  readonly username?: string
  readonly password?: string
  /** `true`, or options for the TLS connection; default `false` unless a URL says `rediss:`. */
  readonly tls?: boolean | ConnectionOptions
}

/** Where the server is. A `url` may be completed, not contradicted, by the other fields. */
export interface RedisServerOptions extends RedisTuning, RedisCredentials {
  /** `redis://[[username]:password@]host[:port][/db]`, `rediss://` for TLS, or `unix:///path/to.sock`. */
  readonly url?: string
  /** Default `localhost`. */
  readonly host?: string
  /** Default 6379. */
  readonly port?: number
  /** Unix socket, instead of host and port. */
  readonly path?: string
  /** Number of the database; default 0. */
  readonly db?: number
}

/** A Redis Cluster. */
export interface RedisClusterOptions extends RedisTuning, RedisCredentials {
  /** Some of its nodes; they tell of the others. */
  readonly cluster: readonly RedisAddress[]
}

/** Sentinels, and what they watch. */
export interface RedisSentinels {
  /** What they call the group of servers. */
  readonly name: string
  /** Some of them; they tell of the others. */
  readonly sentinels: readonly RedisAddress[]
  /** For the sentinels themselves; default none. */
  readonly username?: string
  /** For the sentinels themselves; default none. */
  readonly password?: string
  /** For the sentinels themselves; default `false`. */
  readonly tls?: boolean | ConnectionOptions
}

/** A primary with replicas that sentinels watch: they say where it is. */
export interface RedisSentinelOptions extends RedisTuning, RedisCredentials {
  readonly sentinel: RedisSentinels
  /** Number of the database; default 0. */
  readonly db?: number
}

/** A client that exists already, of a server or of a cluster. It is used as it is, never ended; the journal opens connections of its own by the client's `duplicate()`. */
export interface RedisClientOptions<
  Client extends IoredisLike | IoredisClusterLike = IoredisLike | IoredisClusterLike,
> extends RedisTuning {
  readonly client: Client
}

/** Options of `redis()`. */
export type RedisOptions = RedisServerOptions | RedisClusterOptions | RedisSentinelOptions | RedisClientOptions
