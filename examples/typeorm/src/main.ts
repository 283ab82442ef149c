/** Two instances of one service. The cache is set up in open-service.ts; start reading there. */
import { once } from 'node:events'
import { startPostgres, startRedis } from '@larder/testing'
import { demonstrate } from './demonstrate.ts'
import { clean, fill } from './fill.ts'
import { openService } from './open-service.ts'

// Servers of our own end with this process, however it ends.
process.once('SIGTERM', () => process.exit(143))

await using postgres = await startPostgres()
await using store = await startRedis()
const urls = { postgres: postgres.url, redis: store.url }
await using first = await openService(urls)
await using second = await openService(urls)
await fill(first.source)
try {
  console.log(`instance A: ${first.url}\ninstance B: ${second.url}\n`)
  await demonstrate(first, second, (line) => console.log(line))
  if (process.argv.includes('--serve')) {
    console.log('\nBoth keep running; Ctrl-C ends them.')
    await once(process, 'SIGINT')
  }
} finally {
  await clean(first.source)
}
