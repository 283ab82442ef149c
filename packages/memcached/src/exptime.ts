/** Longest relative time to live of the protocol, in seconds: more would be read as an instant. */
const LONGEST = 30 * 86_400

/**
 * The time to live of an item whose last part ends in `ms` milliseconds, in the protocol's whole seconds. Never too short: the server's clock ticks once a
 * second, so one more is added, and the item itself says when its parts end. 0, which is without end, beyond 30 days.
 */
export function exptime(ms: number): number {
  const seconds = Math.ceil(ms / 1000) + 1
  return seconds > LONGEST ? 0 : seconds
}
