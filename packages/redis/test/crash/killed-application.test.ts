import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createCacheManager } from '@larder/core'
import { SeededRandom, startRedis } from '@larder/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { redis } from '../../src/index.ts'
import { bundleProgram } from './bundle-program.ts'
import { crashOptions } from './crash-options.ts'
import { Ledger } from './ledger.ts'

/** `LARDER_KILLS`: how often an application is killed, default 200. */
const kills = Number(process.env['LARDER_KILLS'] ?? 200)
/** `LARDER_CHAOS_SEED`: what is drawn repeats, the timing of real processes does not. Default: another one each time; it is printed. */
const seed = Number(process.env['LARDER_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** Applications at work at a time. */
const LANES = 2
/** Values per life of an application. */
const SPAN = 1_000_000

test(
  'every acknowledged write reaches the source, in order for each key, however often applications are killed',
  { timeout: 60_000 + kills * 1_500 },
  async () => {
    await using server = await startRedis({ own: true })
    await using program = await bundleProgram(new URL('./writing-process.ts', import.meta.url))
    const random = new SeededRandom(seed)
    const ledger = new Ledger()
    const children = new Set<ChildProcess>()
    let acknowledged = 0

    const start = async (lane: number, life: number): Promise<ChildProcess> => {
      const args = [server.port, lane, life * SPAN, Math.floor(random.fraction() * 2 ** 31)].map(String)
      const env = { ...process.env, NODE_NO_WARNINGS: '1' }
      const child = fork(program.path, args, { env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      children.add(child)
      await once(child, 'message')
      return child
    }
    const live = async (child: ChildProcess, writes: number): Promise<void> => {
      let left = writes
      child.on('message', ([key, value]: [string, number]) => {
        ledger.acknowledge(key, value)
        acknowledged++
        if (--left === 0) child.kill('SIGKILL')
      })
      const ended = once(child, 'exit')
      child.send('go')
      await ended
      children.delete(child)
    }
    const lane = async (number: number): Promise<void> => {
      const lives = Math.ceil(kills / LANES)
      let next = start(number, 1)
      for (let life = 1; life <= lives; life++) {
        const child = await next
        // The next one starts while this one works.
        if (life < lives) next = start(number, life + 1)
        await live(child, 1 + Math.floor(random.fraction() * 60))
      }
    }

    const source = new Redis(server.port, '127.0.0.1', { db: 1 })
    try {
      await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
      await using caches = createCacheManager({ namespace: 'crash', l2: redis({ url: server.url }) })
      const stock = caches.cache<number>('stock', {
        ...crashOptions,
        write: async (items) => {
          for (const { key, value } of items) await source.rpush(key, value)
        },
      })
      await stock.flush({ deadline: '30s' })
      const wrong: string[] = []
      let written = 0
      let repeated = 0
      for (const key of ledger.keys) {
        const values = (await source.lrange(key, 0, -1)).map(Number)
        wrong.push(...ledger.check(key, values))
        written += values.length
        repeated += values.length - new Set(values).size
      }
      console.log(
        `seed ${seed}: ${kills} applications killed, ${acknowledged} writes acknowledged, ${written} writes of their newest values made, ${repeated} of them repeated`,
      )
      expect(wrong).toEqual([])
      expect(acknowledged).toBeGreaterThan(kills)
      expect(written).toBeGreaterThan(kills)
    } finally {
      for (const child of children) child.kill('SIGKILL')
      source.disconnect()
    }
  },
)
