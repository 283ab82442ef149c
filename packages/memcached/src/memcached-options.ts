import type { ConnectionOptions } from 'node:tls'
import type { Backend } from '@larder/core/contracts'

/** Options of `memcached()`; none is required. */
export interface MemcachedOptions {
  /**
   * The servers, as `host`, `host:port`, `[address]:port`, `memcached://host:port` or `unix:/path/of/socket`; default `['localhost:11211']`. Every
   * process must be given the same ones, in whatever order: which server has a key follows from their names.
   */
  readonly servers?: readonly string[]
  /**
   * The backend whose journal tells all processes of invalidations, for example `redis()`. It is used for nothing else, and closed with this
   * one. Default: none; tags then rest on marks in Memcached alone, and a memory in front of it needs a bound in time (`l1.ttl`).
   */
  readonly journal?: Backend
  /** Longest time until a call settles, in milliseconds, waiting for the connection included. Default 1,000. */
  readonly timeoutMs?: number
  /** `true`, or options for the TLS connections; default `false`. */
  readonly tls?: boolean | ConnectionOptions
  /** Name for the servers' ASCII authentication (`memcached -Y`); without spaces. */
  readonly username?: string
  readonly password?: string
  /**
   * Largest item that the servers take, in bytes: what they were started with as `-I`. Default 1,048,576. A server that says less of itself is
   * believed.
   */
  readonly maxItemBytes?: number
}
