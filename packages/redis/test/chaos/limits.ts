/** Sizes of a chaos run, and the bounds that its promises state; milliseconds unless said otherwise. */
export const LIMITS = {
  nodes: 3,
  /** H of the freshness protocol. */
  heartbeatMs: 1_000,
  /** One backend operation. */
  storeMs: 500,
  waitForLoadMs: 2_000,
  /** Longest time the source takes to answer. */
  slowestLoadMs: 1_200,
  /** Longest time for which a node is stopped. */
  longestStopMs: 3_500,
  /**
   * Grace on F2. Liveness is asked at every use, so it covers no scheduling: only that monotonic time is read twice, through caches of a millisecond.
   */
  slackMs: 50,
  /** F10, reads that do not load: look, marks, and as much again. */
  lookBoundMs: 2_000,
  /** F10, writes and invalidations: at most three store calls, one after the other, and as much again. */
  writeBoundMs: 3_000,
  /** F10, reads that load: the wait for another's load, ten store calls, the load, and two seconds. */
  loadBoundMs: 10_200,
  /** Longest that a connection takes to come back after a fault: ioredis' longest pause between attempts, and a dead socket's timeout. */
  reconnectMs: 9_500,
  namespace: 'chaos',
} as const
