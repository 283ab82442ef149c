/** An argument of a command. */
export type Argument = string | Buffer

/**
 * A connection to a server, as the adapter needs it; one file per client library implements it. It has no deadlines and no retries
 * of its own making, and its errors are the library's: `RedisCommands` sees to both.
 */
export interface RedisClient {
  /**
   * `undefined` while commands can be sent. Else settles with the connection attempt under way: rejects when that fails, and at
   * once while the server is known to be out of reach.
   */
  ready(): Promise<void> | undefined
  /** Sends one command now; never queues it for a later connection. Strings in the reply are buffers. */
  send(command: string, args: readonly Argument[]): Promise<unknown>
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
