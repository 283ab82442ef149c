import { systemClock } from '@larder/core'

const PAUSE_MS = 20

/**
 * Asks again and again, 20 ms apart, until `attempt` answers `true`. Resolves to `false` once `deadlineMs` milliseconds have
 * passed; an attempt must be bounded by itself. A rejection of `attempt` ends the polling and is passed on.
 */
export async function poll(deadlineMs: number, attempt: () => Promise<boolean>): Promise<boolean> {
  const end = systemClock.monotonic() + deadlineMs
  while (!(await attempt())) {
    if (systemClock.monotonic() >= end) return false
    await new Promise<void>((resolve) => systemClock.after(PAUSE_MS, resolve))
  }
  return true
}
