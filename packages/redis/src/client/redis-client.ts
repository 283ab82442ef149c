/** An argument of a command. */
export type Argument = string | Buffer

/**
 * A connection to a server, or to the servers of a cluster, as the adapter needs it; one file per client library implements it. It has
 * no deadlines and no retries of its own making, and its errors are the library's: `RedisCommands` sees to both.
 */
export interface RedisClient {
  /** Whether keys are spread over servers by their slot: a command then names keys of one slot, and channels belong to slots. Default `false`. */
  readonly sharded?: boolean
  /**
   * `undefined` while commands can be sent. Else settles with the connection attempt under way: rejects when that fails, and at
   * once while the server is known to be out of reach.
   */
  ready(): Promise<void> | undefined
  /**
   * Sends one command now; never queues it for a later connection. Strings in the reply are buffers. `key` is one of its keys, for a
   * library that cannot find it among the arguments; absent if it has none. Rejects with `UnsentError` if it surely was not sent, and may be soon.
   */
  send(command: string, args: readonly Argument[], key?: string): Promise<unknown>
  /** Sends one command to every primary of a sharded server, and answers what became of each. */
  sendToAll?(command: string, args: readonly Argument[]): Promise<readonly PromiseSettledResult<unknown>[]>
  /** Opens a further connection that hears published messages; it reconnects by itself until it is closed. */
  subscriber(events: SubscriberEvents): RedisSubscriber
  /** Starts telling of the connection. */
  listen(events: ConnectionEvents): void
  /** Ends the connection if it is the adapter's own. Bounded; never rejects. */
  close(): Promise<void>
}

/** What a client tells of its connection. */
export interface ConnectionEvents {
  /** Ready, for the first time or again. */
  connected(): void
  /** One that was ready is lost. Not told of a connection that `close()` ends. */
  disconnected(): void
}

/** What a subscriber tells. */
export interface SubscriberEvents {
  /** Connected, for the first time or again: nothing is subscribed, and messages may have been missed. */
  ready(): void
  /** These channels are not subscribed any more, and messages may have been missed. Only where channels belong to slots. */
  gone?(channels: readonly string[]): void
  message(channel: string, text: string): void
  /** One that was ready is lost. */
  lost?(): void
}

/** A connection that hears published messages. Methods reject while it is not connected. */
export interface RedisSubscriber {
  /** Resolves when the server has confirmed all of them. */
  subscribe(channels: readonly string[]): Promise<void>
  unsubscribe(channel: string): Promise<void>
  /** Proves that the connection is alive; a connection that fails to answer is replaced. */
  ping(): Promise<void>
  /** Bounded; never rejects. */
  close(): Promise<void>
}
