import { createCacheManager, systemClock } from '@larder/core'
import type { Lock } from '@larder/core'
import { Redis } from 'ioredis'
import { redis } from '../../src/index.ts'
import { monotonic } from '../chaos/monotonic.ts'

/**
 * A process that locks. Arguments: port of the server, and what it does with it.
 *
 * `count <rounds>`: so many times under one lock, reads a number, waits, and writes it plus one; notes the fencing token.
 * `hold <ttl>`: holds a lock until it is lost; tells when it last believed to hold it.
 */
const [port, task, amount] = process.argv.slice(2) as [string, 'count' | 'hold', string]

const manager = createCacheManager({
  namespace: 'locks',
  l2: redis({ host: '127.0.0.1', port: Number(port), timeoutMs: 5_000 }),
  defaults: { timeouts: { store: '5s' } },
})
const resource = new Redis(Number(port))

const sleep = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve))

async function count(): Promise<void> {
  for (let round = 0; round < Number(amount); round++) {
    await manager.withLock('counter', { ttl: '20s', wait: '60s' }, async (lock) => {
      const before = Number(await resource.get('counter'))
      await sleep(round % 4)
      await resource
        .multi()
        .rpush('fences', lock.fencingToken)
        .set('counter', before + 1)
        .exec()
    })
  }
}

/** The last instant at which the signal still said that the lock is held. */
async function believe(lock: Lock): Promise<number> {
  process.send?.({ fencingToken: lock.fencingToken })
  let believedAt = 0
  let pausedAt = monotonic()
  for (;;) {
    // Read first: a pause between the two must not count as belief.
    const at = monotonic()
    if (lock.signal.aborted) return believedAt
    believedAt = at
    // Turns of the microtask queue, most of the time: timers, such as the one of the loss, do not run in between.
    await Promise.resolve()
    if (at - pausedAt < 20) continue
    await sleep(1)
    pausedAt = monotonic()
  }
}

process.on('disconnect', () => process.exit(0))
process.once('message', () => {
  const work = task === 'count' ? count() : manager.withLock('held', { ttl: Number(amount) }, believe)
  void work.then(async (believedAt) => {
    process.send?.({ believedAt })
    resource.disconnect()
    await manager.close()
    process.disconnect()
  })
})
await manager.tryLock('warm-up', 10)
process.send?.('ready')
