/**
 * Larder at work: the same requests without and with the cache, then a change that a second node has to see. The cache itself
 * is set up in city-caches.ts; start reading there.
 */
import { changeOneCity } from './change-one-city.ts'
import type { City } from './city.ts'
import { CityDatabase } from './city-database.ts'
import { commandLine } from './command-line.ts'
import type { Mode, TierCounts } from './demo-node.ts'
import { findRedis } from './find-redis.ts'
import { makeRequests } from './make-requests.ts'
import { openNodes } from './open-nodes.ts'
import { bold, print } from './print.ts'
import { printSummary } from './print-summary.ts'
import { readCities } from './read-cities.ts'
import { runPhase } from './run-phase.ts'
import type { PhaseReport } from './run-phase.ts'
import { withProgress } from './with-progress.ts'

// The second process and a Redis of our own end with this process, however it ends.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const options = commandLine(process.argv.slice(2))
print(bold('Larder quickstart'))
try {
  await demonstrate()
} catch (error) {
  print()
  print(`The demonstration has failed: ${error instanceof Error ? error.message : String(error)}`)
  if (options.redis) print('Without Redis it goes like this: npm run demo -- --no-redis')
  process.exitCode = 1
}

async function demonstrate(): Promise<void> {
  await using server = options.redis ? await findRedis() : undefined
  const cities = readCities(options.cities)
  const requests = makeRequests(cities, options.requests)
  await using database = await withProgress('cities into PostgreSQL', cities.length, (report) =>
    CityDatabase.open(cities, report),
  )
  await using nodes = await openNodes(database, server)

  const phase = (label: string, mode: Mode): Promise<PhaseReport> =>
    withProgress(label, requests.length, (report) => runPhase(nodes, database, { requests, mode, report }))
  const without = await phase('requests without the cache', 'without-cache')
  const cached = await phase('the same with the cache', 'with-cache')
  const tiers = sum(await nodes.first.tierCounts(), await nodes.second.tierCounts())
  const change = await changeOneCity(nodes, database, cities[0] as City)

  const different = new Set(requests.map((request) => JSON.stringify(request))).size
  printSummary({ setting: nodes.setting, different, without, cached, tiers, change })
}

function sum(one: TierCounts, other: TierCounts): TierCounts {
  return {
    l1Hits: one.l1Hits + other.l1Hits,
    l2Hits: one.l2Hits + other.l2Hits,
    misses: one.misses + other.misses,
    coalesced: one.coalesced + other.coalesced,
  }
}
