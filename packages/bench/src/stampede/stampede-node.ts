import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'

/** One process of the stampede. Arguments: the server's URL, callers, the loader's time in milliseconds. Goes at the parent's word. */
const [url = '', callers = '', loadMs = ''] = process.argv.slice(2)

const manager = createCacheManager({ l2: redis({ url, timeoutMs: 10_000 }), defaults: { timeouts: { store: '10s' } } })
let loads = 0
const cache = manager.cache<string>('stampede', {
  load: async () => {
    loads++
    await pause(Number(loadMs))
    return 'loaded'
  },
})

async function caller(): Promise<number> {
  const began = performance.now()
  await cache.readThrough('missing')
  return performance.now() - began
}

process.once('message', () => {
  void Promise.all(Array.from({ length: Number(callers) }, caller)).then(async (waits) => {
    process.send?.({ loads, waits })
    await manager.close()
    process.disconnect()
  })
})
while (!(await manager.health()).live) await pause(10)
process.send?.('ready')
