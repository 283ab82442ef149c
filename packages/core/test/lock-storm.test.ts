import { createCacheManager, memory } from '@larder/core'
import type { CacheManager, Lock } from '@larder/core'
import type { Clock, Locks } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'
import { expect, test } from 'vitest'
import { expectNoUnheardRejection, SwitchedLocks } from './lock-world.ts'

expectNoUnheardRejection()

const SEEDS = 30
const PROCESSES = 4
const STEPS = 400

/** A machine whose clock runs at `rate` times the speed of the server's. */
function skewed(server: FakeClock, rate: number): Clock {
  return {
    now: () => server.now(),
    monotonic: () => server.monotonic() * rate,
    after: (delayMs, callback, kind) => server.after(delayMs / rate, callback, kind),
  }
}

/** What one process does: takes the lock again and again, and works under it for a while, or for too long. */
async function work(
  manager: CacheManager,
  how: { readonly clock: Clock; readonly random: SeededRandom; readonly inside: Set<Lock>; readonly stop: AbortSignal },
): Promise<void> {
  const { clock, random, inside, stop } = how
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
  const upTo = (most: number): number => 1 + Math.floor(random.fraction() * most)
  while (!stop.aborted) {
    const options = {
      ttl: 100 + upTo(900),
      wait: upTo(2_000),
      extend: random.fraction() < 0.5 ? false : 3_000,
    } as const
    const body = async (lock: Lock): Promise<void> => {
      inside.add(lock)
      await sleep(upTo(random.fraction() < 0.2 ? 5_000 : 50))
      inside.delete(lock)
      if (random.fraction() < 0.1) throw new Error('mine')
    }
    await manager.withLock('job', options, body).catch(() => {})
    await sleep(upTo(50))
  }
}

test('whatever fails, hangs or comes late, never do two processes believe to hold one lock', async () => {
  let grants = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new SeededRandom(seed)
    const server = new FakeClock()
    const backend = memory({ clock: server })
    const inside = new Set<Lock>()
    const seen = new Set<Lock>()
    const stop = new AbortController()
    let lastFence = 0
    const nodes = Array.from({ length: PROCESSES }, (_, i) => {
      const clock = skewed(server, [1, 0.993, 1.007, 0.995][i] as number)
      const locks = new SwitchedLocks(backend.locks as Locks)
      const manager = createCacheManager({ locks, clock, random: new SeededRandom(1_000 * seed + i) })
      return { locks, manager, done: work(manager, { clock, random, inside, stop: stop.signal }) }
    })
    for (let step = 0; step < STEPS; step++) {
      for (const { locks } of nodes) {
        const dice = random.fraction()
        if (dice < 0.05) locks.mode = (['late', 'reject', 'hang'] as const)[Math.floor(random.fraction() * 3)] ?? 'late'
        else if (dice < 0.25) locks.mode = 'up'
        if (random.fraction() < 0.1) locks.deliver()
      }
      await server.advance(1 + Math.floor(random.fraction() * 40))
      const believing = [...inside].filter((lock) => !lock.signal.aborted)
      expect(believing.length, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(1)
      for (const lock of inside) {
        if (seen.has(lock)) continue
        seen.add(lock)
        expect(lock.fencingToken, `seed ${seed}, step ${step}`).toBeGreaterThan(lastFence)
        lastFence = lock.fencingToken
      }
    }
    stop.abort()
    for (const { locks } of nodes) {
      locks.mode = 'up'
      locks.deliver()
    }
    await server.advance(20_000)
    await Promise.all(nodes.map(({ done }) => done))
    await Promise.all(nodes.map(({ manager }) => manager.close()))
    await backend.close()
    server.assertIdle()
    grants += seen.size
  }
  // Else it has not tried what it says.
  expect(grants).toBeGreaterThan(SEEDS * 20)
}, 120_000)
