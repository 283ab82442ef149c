/** One connection that hears published messages, until it is lost. Methods reject once it is. */
export interface SubscriberLink {
  /** Resolves when the server has confirmed all of them. */
  subscribe(channels: readonly string[]): Promise<void>
  unsubscribe(channel: string): Promise<void>
  /** Rejects, or stays unanswered, on a connection that is dead, or is not the one that was opened. */
  ping(): Promise<void>
  /** Bounded; never rejects. */
  close(): Promise<void>
}

/** What a link tells. */
export interface LinkEvents {
  message(channel: string, text: string): void
  /** The connection is gone. May be told more than once. */
  lost(): void
}

/** Opens a link, unless the signal aborts first; then it leaves nothing behind. */
export type OpenLink = (events: LinkEvents, signal: AbortSignal) => Promise<SubscriberLink>
