import type { Random } from '@larder/core/contracts'

const LONGEST_MS = 5000

/** How long to wait before a connection is tried again, in milliseconds: doubles with each attempt, up to five seconds, with jitter. */
export function backoff(attempt: number, random: Random): number {
  return Math.min(50 * 2 ** attempt, LONGEST_MS) * (0.5 + random.fraction())
}
