import { countryTag } from './city-caches.ts'
import type { City } from './city.ts'
import type { CityDatabase } from './city-database.ts'
import type { Sighting } from './demo-node.ts'
import { machineTime } from './machine-time.ts'
import type { DemoNodes } from './open-nodes.ts'

/** How long the second node went on with the old value of one thing. In ms. */
export interface Freshness {
  /** How long the call took, on the first node, that made the old value invalid. */
  readonly callMs: number
  /** From the beginning of the call to the second node's first read of the new value. */
  readonly sinceBegunMs: number
  /** The same from the end of the call. Negative if the second node was faster. */
  readonly sinceResolvedMs: number
  /** Reads of the second node, begun after the call had resolved, that returned the old value. */
  readonly oldReadsAfter: number
}

/** What came of the change. */
export interface ChangeReport {
  readonly city: City
  readonly newPopulation: number
  /** Of the city's own page, which is kept under its id. */
  readonly byKey: Freshness
  /** Of a list of its country, which carries the country's tag. */
  readonly byTag: Freshness
}

/** Changes one row and invalidates what depends on it, on the first node, while the second one reads it without pause. */
export async function changeOneCity(nodes: DemoNodes, database: CityDatabase, city: City): Promise<ChangeReport> {
  const { id, country } = city
  const filter = { country, top: 10 }
  const newPopulation = city.population + 1
  const { manager, cities } = nodes.first.caches
  await nodes.second.watch({ id, filter, newPopulation })

  await database.setPopulation(id, newPopulation)
  const deleted = await timed(() => cities.delete(id))
  const invalidated = await timed(() => manager.invalidateTags(countryTag(country)))

  const seen = await nodes.second.sightings()
  return {
    city,
    newPopulation,
    byKey: freshnessOf(deleted, seen.city),
    byTag: freshnessOf(invalidated, seen.list),
  }
}

interface Span {
  readonly begunAt: number
  readonly resolvedAt: number
}

async function timed(call: () => Promise<unknown>): Promise<Span> {
  const begunAt = machineTime()
  await call()
  return { begunAt, resolvedAt: machineTime() }
}

function freshnessOf({ begunAt, resolvedAt }: Span, seen: Sighting): Freshness {
  return {
    callMs: resolvedAt - begunAt,
    sinceBegunMs: seen.newAt - begunAt,
    sinceResolvedMs: seen.newAt - resolvedAt,
    oldReadsAfter: seen.oldReads.filter((readAt) => readAt > resolvedAt).length,
  }
}
