/** How long a connection may stay silent while an answer is due until it counts as dead, in milliseconds. */
export function linkLimit(timeoutMs: number): number {
  return Math.max(2000, 2 * timeoutMs)
}
