/** The options of a node-redis client that matter for safety. */
export interface NodeRedisLikeOptions {
  readonly disableOfflineQueue?: boolean | undefined
  readonly keyPrefix?: unknown
  readonly socket?: { readonly socketTimeout?: number | undefined; readonly reconnectStrategy?: unknown } | undefined
}

/**
 * A client of node-redis (`createClient` of the package `redis`) as far as the adapter uses it. Described by structure, so that a
 * client from another copy or version of the library fits too.
 */
export interface NodeRedisLike {
  readonly isOpen: boolean
  readonly isReady: boolean
  readonly options?: NodeRedisLikeOptions | undefined
  connect(): Promise<unknown>
  sendCommand(args: readonly (string | Buffer)[], options?: object): Promise<unknown>
  subscribe(channels: string | string[], listener: (message: string, channel: string) => unknown): Promise<unknown>
  unsubscribe(channels?: string | string[]): Promise<unknown>
  destroy(): void
  duplicate(overrides?: object): unknown
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown
  off(event: string | symbol, listener: (...args: unknown[]) => void): unknown
}

/** Knows a client of node-redis by its methods; throws `TypeError` for anything else. */
export function recogniseNodeRedis(given: unknown): NodeRedisLike {
  const client = given as Partial<NodeRedisLike> | null | undefined
  // Their methods have the same names, and other arguments.
  if (typeof client?.sendCommand === 'function' && ('masters' in client || 'getSentinelNode' in client))
    throw new TypeError('`client` is a client of a cluster or of sentinels: those are reached over ioredis')
  if (typeof client?.sendCommand !== 'function' || typeof client.duplicate !== 'function' || !('isReady' in client))
    throw new TypeError('`client` is not a client that createClient() of node-redis made')
  return client as NodeRedisLike
}
