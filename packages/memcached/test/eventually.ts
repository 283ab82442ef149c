import { systemClock } from '@larder/core'

const LONGEST_MS = 15_000

/** Waits, 5 ms at a time, until the predicate holds; rejects after 15 seconds. A rejection of the predicate counts as "not yet". */
export async function eventually(predicate: () => boolean | Promise<boolean>): Promise<void> {
  const end = systemClock.monotonic() + LONGEST_MS
  for (;;) {
    try {
      if (await predicate()) return
    } catch {
      // Asked again below.
    }
    if (systemClock.monotonic() > end) throw new Error('It did not come to pass')
    await sleep(5)
  }
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve))
}
