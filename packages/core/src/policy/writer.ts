/** One write, as its writer gets it. */
export interface WriteItem<T, K> {
  readonly key: K
  readonly value: T
  /**
   * The version that the caller gave; for a write-behind without one, a number that grows with every write of the key. A writer that refuses
   * to replace a higher version by a lower one makes repeated and late writes harmless. `undefined` for a write-through without a version.
   */
  readonly version: number | undefined
  /** Names the write: the same in every attempt at it, and of no other write. */
  readonly opId: string
}

/** What a writer is told. */
export interface WriteContext {
  /** Aborts on the hard timeout, when the caller has gone, and when another process has taken the work over. */
  readonly signal: AbortSignal
  /** 1 for the first attempt; of several writes, that of the one tried most often. */
  readonly attempt: number
}

/** What a writer of several writes is told. */
export interface WriteManyContext<T, K> extends WriteContext {
  /** Says that one of the writes was not made, and why; the others count as made if the writer does not throw. */
  fail(item: WriteItem<T, K>, reason: unknown): void
}

/**
 * Changes the source. It has done so when it resolves. What it returns is ignored, unless it is `cached(value, …)`: the value as the source has
 * it now, which is cached instead.
 */
export type Write<T, K> = (
  key: K,
  value: T,
  context: WriteContext & Pick<WriteItem<T, K>, 'opId' | 'version'>,
) => unknown

/**
 * Changes the source: one item for a write-through, several keys' newest values for write-behind. All of them are written when it resolves, but
 * those it reported by `fail`; when it throws, none of them counts as written.
 */
export type WriteMany<T, K> = (items: readonly WriteItem<T, K>[], context: WriteManyContext<T, K>) => unknown
