import { createCacheManager } from '@larder/core'
import { redis } from '../../src/index.ts'

/** Waits for the word, then reads one key many times at once; tells how often it loaded and what it got. Arguments: port, readers, loader's time in ms. */
const [port, readers, loadMs] = process.argv.slice(2).map(Number) as [number, number, number]

// The machine may be busy: a server that is only slow must not count as one that fails.
const patienceMs = 20_000
const manager = createCacheManager({
  namespace: 'one-load',
  l2: redis({ host: '127.0.0.1', port, timeoutMs: patienceMs }),
  defaults: { timeouts: { store: patienceMs } },
})
let loads = 0
const cache = manager.cache<string>('users', {
  load: async () => {
    loads++
    await new Promise((resolve) => setTimeout(resolve, loadMs))
    return `loaded by ${process.pid}`
  },
})

process.on('disconnect', () => process.exit(0))
process.once('message', () => {
  void Promise.all(Array.from({ length: readers }, () => cache.readThrough('42'))).then((values) => {
    process.send?.({ loads, values: [...new Set(values)], answered: values.length })
    return manager.close().then(() => process.disconnect())
  })
})
await cache.get('warm')
process.send?.('ready')
