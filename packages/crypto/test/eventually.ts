import { systemClock } from '@larder/core'

const LONGEST_MS = 15_000

/** Waits, 5 ms at a time, until the predicate holds; rejects after 15 seconds. */
export async function eventually(predicate: () => boolean | Promise<boolean>): Promise<void> {
  const end = systemClock.monotonic() + LONGEST_MS
  while (!(await predicate())) {
    if (systemClock.monotonic() > end) throw new Error('It did not come to pass')
    await new Promise<void>((resolve) => systemClock.after(5, resolve))
  }
}
