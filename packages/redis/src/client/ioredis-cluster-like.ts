import type { IoredisLike, IoredisLikeOptions } from './ioredis-like.ts'

/** The options of an ioredis cluster client that matter for safety. */
export interface IoredisClusterLikeOptions {
  readonly enableOfflineQueue?: boolean | undefined
  readonly retryDelayOnFailover?: number | undefined
  readonly retryDelayOnClusterDown?: number | undefined
  readonly enableAutoPipelining?: boolean | undefined
  readonly scaleReads?: unknown
  readonly keyPrefix?: string | undefined
  readonly natMap?: unknown
  readonly redisOptions?: Omit<IoredisLikeOptions, 'enableOfflineQueue'> | undefined
}

/**
 * An ioredis cluster client (or one with the same methods) as far as the adapter uses it. Described by structure, so that a client
 * from another copy of the library fits too.
 */
export interface IoredisClusterLike {
  readonly isCluster: boolean
  /** As of a plain client. */
  readonly status: string
  readonly options: IoredisClusterLikeOptions
  connect(): Promise<unknown>
  callBuffer(command: string, args: (string | Buffer | number)[]): Promise<unknown>
  nodes(role?: 'all' | 'master' | 'slave'): readonly IoredisLike[]
  quit(): Promise<unknown>
  disconnect(reconnect?: boolean): void
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}
