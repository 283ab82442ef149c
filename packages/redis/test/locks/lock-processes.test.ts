import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createCacheManager } from '@larder/core'
import { startRedis } from '@larder/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { redis } from '../../src/index.ts'
import { forkProgram } from '../chaos/fork-program.ts'
import { monotonic } from '../chaos/monotonic.ts'
import { sleep } from '../eventually.ts'

const PROGRAM = new URL('./lock-process.ts', import.meta.url)

/** The next message of a process; rejects if it ends without one. */
async function word<Message>(child: ChildProcess): Promise<Message> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a process ended without a word')))
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [Message]
  ended.catch(() => {})
  return message
}

test(
  'processes that count under one lock lose no count, and their fencing tokens grow from holder to holder',
  { timeout: 120_000 },
  async () => {
    await using server = await startRedis({ own: true })
    const children = Array.from({ length: 3 }, () => forkProgram(PROGRAM, [String(server.port), 'count', '60']))
    const admin = new Redis(server.url)
    try {
      await Promise.all(children.map((child) => word(child)))
      const done = children.map((child) => word(child))
      for (const child of children) child.send('go')
      await Promise.all(done)
      expect(await admin.get('counter')).toBe('180')
      const fences = (await admin.lrange('fences', 0, -1)).map(Number)
      expect(fences).toHaveLength(180)
      expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b))
    } finally {
      admin.disconnect()
      for (const child of children) child.kill('SIGKILL')
    }
  },
)

test(
  'a holder that is stopped for longer than its lock lasts does not believe to hold it when it goes on',
  { timeout: 90_000 },
  async () => {
    await using server = await startRedis({ own: true })
    const child = forkProgram(PROGRAM, [String(server.port), 'hold', '3000'])
    const manager = createCacheManager({ namespace: 'locks', l2: redis({ url: server.url, timeoutMs: 5_000 }) })
    try {
      await word(child)
      const holding = word<{ fencingToken: number }>(child)
      child.send('go')
      const { fencingToken } = await holding
      // Long enough for it to have extended its lock.
      await sleep(3_500)
      expect(await manager.tryLock('held', '10s')).toBeUndefined()
      child.kill('SIGSTOP')
      const ended = word<{ believedAt: number }>(child)
      const next = await manager.withLock('held', { ttl: '10s', wait: '40s' }, (lock) => {
        const grantedAt = monotonic()
        expect(lock.fencingToken).toBeGreaterThan(fencingToken)
        child.kill('SIGCONT')
        return ended.then(({ believedAt }) => ({ grantedAt, believedAt }))
      })
      expect(next.believedAt).toBeGreaterThan(0)
      expect(next.believedAt).toBeLessThan(next.grantedAt)
    } finally {
      child.kill('SIGKILL')
      await manager.close()
    }
  },
)
