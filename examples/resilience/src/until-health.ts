import { setTimeout as sleep } from 'node:timers/promises'
import type { CacheHealth, CacheManager } from '@larder/core'

const LONGEST_MS = 20_000

/** Waits until the health of the cache is as wanted; rejects after 20 seconds. */
export async function untilHealth(
  manager: CacheManager,
  wanted: (health: CacheHealth) => boolean,
): Promise<CacheHealth> {
  const end = performance.now() + LONGEST_MS
  for (;;) {
    const health = await manager.health()
    if (wanted(health)) return health
    if (performance.now() > end) throw new Error(`still ${health.status}: ${health.reasons.join('; ')}`)
    await sleep(50)
  }
}
