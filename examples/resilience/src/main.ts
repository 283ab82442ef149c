/**
 * A cache whose surroundings fail, one after the other: first Redis is cut off, then the source. The cache is set up in open-prices.ts; start
 * reading there. It runs with `npm run pnpm -- --filter @larder/example-resilience start`.
 */
import { startRedis, TcpProxy } from '@larder/testing'
import { openPrices, PLACES } from './open-prices.ts'
import { PriceSource } from './price-source.ts'
import { readPrices } from './read-prices.ts'
import type { ReadReport } from './read-prices.ts'
import { untilHealth } from './until-health.ts'

const PHASE_MS = 1_500

// The server ends with this process, however it ends.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

await using server = await startRedis({ own: true })
await using proxy = await TcpProxy.start({ port: server.port })
const source = new PriceSource()
const { manager, prices } = openPrices(`redis://127.0.0.1:${proxy.port}`, source)
await untilHealth(manager, ({ status }) => status === 'healthy')
await phase('all is well')

// Connections stay open, and nothing comes back: the worst way for a server to be away.
proxy.set({ up: { kind: 'swallow' }, down: { kind: 'swallow' } })
await phase('Redis is cut off: the first moments')
await untilHealth(manager, ({ reasons }) => reasons.join().includes('circuit of the store'))
await phase('Redis is cut off: the circuit is open')
await showHealth()
proxy.heal()
await untilHealth(manager, ({ status }) => status === 'healthy')
await phase('Redis is back')

source.well = false
await phase('the price service fails: the first moments')
await phase('the price service fails: its circuit is open')
await showHealth()
source.well = true
while ((await manager.health()).status !== 'healthy') await readPrices(prices, 'trying', 50)
await phase('all is well again')
await manager.close()

async function phase(label: string): Promise<void> {
  source.reset()
  const report = await readPrices(prices, label, PHASE_MS)
  print(label, report)
}

function print(label: string, { reads, stale, errors, median, longest }: ReadReport): void {
  const refused = [...errors].map(([code, count]) => `${count} × ${code}`).join(', ')
  console.log(`\n${label}`)
  console.log(`  reads ${reads}, of them stale ${stale}, errors: ${refused === '' ? 'none' : refused}`)
  console.log(`  a read took ${median.toFixed(1)} ms (median), at most ${longest.toFixed(0)} ms`)
  console.log(`  calls of the price service ${source.calls}, at most ${source.most} at once (of ${PLACES} allowed)`)
}

async function showHealth(): Promise<void> {
  const { status, reasons } = await manager.health()
  console.log(`  health: ${status}`)
  for (const reason of reasons) console.log(`    - ${reason}`)
}
