/** The options of an ioredis client that matter for safety. */
export interface IoredisLikeOptions {
  readonly enableOfflineQueue?: boolean | undefined
  readonly autoResendUnfulfilledCommands?: boolean | undefined
  readonly maxRetriesPerRequest?: number | null | undefined
  readonly commandTimeout?: number | undefined
  readonly socketTimeout?: number | undefined
  readonly keyPrefix?: string | undefined
}

/**
 * An ioredis client (or one with the same methods, such as iovalkey's) as far as the adapter uses it. Described by structure, so
 * that a client from another copy of the library fits too.
 */
export interface IoredisLike {
  /** `wait`, `connecting`, `connect`, `ready`, `close`, `reconnecting` or `end`. */
  readonly status: string
  readonly options: IoredisLikeOptions
  readonly isCluster?: boolean | undefined
  connect(): Promise<unknown>
  callBuffer(command: string, args: (string | Buffer | number)[]): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  /** Only used on the nodes of a cluster. */
  ssubscribe?(...channels: string[]): Promise<unknown>
  sunsubscribe?(...channels: string[]): Promise<unknown>
  quit(): Promise<unknown>
  disconnect(reconnect?: boolean): void
  duplicate(override?: object): unknown
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}
