import type { Random } from '@larder/core/contracts'

/** A failover takes seconds; then every further one counts. */
const LONGEST_RETRY_MS = 1000

/** What a client that asks sentinels has beside the settings of every connection. */
export interface IoredisSentinelSettings {
  readonly sentinelCommandTimeout: number
  readonly sentinelRetryStrategy: (attempt: number) => number
  readonly retryStrategy: (attempt: number) => number
  readonly reconnectOnError: (error: Error) => boolean
}

/** The settings of a client that asks sentinels where the primary is. */
export function ioredisSentinelSettings(timeoutMs: number, random: Random): IoredisSentinelSettings {
  const pause = (attempt: number): number => Math.min(50 * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + random.fraction())
  return {
    sentinelCommandTimeout: timeoutMs,
    // Without it a client ends for good when no sentinel answers.
    sentinelRetryStrategy: pause,
    retryStrategy: pause,
    // A primary that became a replica: the sentinels know the new one. The command itself is not repeated.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  }
}
