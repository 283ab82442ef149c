/** A pending timer. */
export interface Timer {
  /** Stops the timer. Calling it again, or after it fired, does nothing. */
  cancel(): void
}

/**
 * Time, as Larder sees it. Everything that waits or compares instants asks a `Clock`, so a test can own time.
 * Wall time is only ever compared with expiry instants stored in shared entries; durations use monotonic time.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. May jump. */
  now(): number
  /** Monotonic time in milliseconds since an arbitrary origin. Never goes back. */
  monotonic(): number
  /**
   * Calls `callback` once, after at least `delayMs` milliseconds (0 or more; delays beyond 2^31-1 ms are legal and do not
   * overflow). A `background` timer does not keep the process alive; a timer that a caller waits for does.
   */
  after(delayMs: number, callback: () => void, kind?: 'background'): Timer
  /**
   * Calls `callback` before the event loop next waits for input. Absent on clocks that do not run in real time; what
   * depends on it then works without its optimisation.
   */
  endOfTurn?(callback: () => void): void
}
