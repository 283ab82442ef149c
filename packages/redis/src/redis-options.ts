import type { ConnectionOptions } from 'node:tls'
import type { IoredisLike } from './client/ioredis-like.ts'
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

/** Where the server is. A `url` may be completed, not contradicted, by the other fields. */
export interface RedisServerOptions extends RedisTuning {
  /** `redis://[[username]:password@]host[:port][/db]`, or `rediss://` for TLS. */
  readonly url?: string
  /** Default `localhost`. */
  readonly host?: string
  /** Default 6379. */
  readonly port?: number
  /** Unix socket, instead of host and port. */
  readonly path?: string
  /** Number of the database; default 0. */
  readonly db?: number
  readonly username?: string
  readonly password?: string
  /** `true`, or options for the TLS connection; default `false` unless the URL says `rediss:`. */
  readonly tls?: boolean | ConnectionOptions
}

/** A client that exists already. It is used as it is, never ended; the journal opens a second connection with `client.duplicate()`. */
export interface RedisClientOptions<Client extends IoredisLike = IoredisLike> extends RedisTuning {
  readonly client: Client
}

/** Options of `redis()`. */
export type RedisOptions = RedisServerOptions | RedisClientOptions
