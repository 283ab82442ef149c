import { createCacheManager, listKey } from '@larder/core'
import type { Backend, Cache, CacheManager } from '@larder/core'
import type { City } from './city.ts'
import type { CitySource, ListedCity, ListFilter } from './city-source.ts'

/** The caches of one node. */
export interface CityCaches {
  readonly manager: CacheManager
  readonly cities: Cache<City, number>
  readonly lists: Cache<readonly ListedCity[], ListFilter>
}

/**
 * All that this program has to say to get its cache: where the shared store is, how long a value is fresh, how a missing one is
 * loaded, and what a list depends on.
 */
export function createCityCaches(source: CitySource, backend: Backend): CityCaches {
  const manager = createCacheManager({ namespace: 'larder-quickstart', l2: backend, defaults: { ttl: '10m' } })
  return {
    manager,
    cities: manager.cache<City, number>('cities', {
      load: (id) => source.findCity(id),
    }),
    lists: manager.cache<readonly ListedCity[], ListFilter>('lists', {
      key: (filter) => listKey('city', filter),
      load: (filter) => source.listCities(filter),
      tags: (_cities, { country }) => [countryTag(country)],
    }),
  }
}

/** Tag of every list of one country, whatever its other filters are. */
export function countryTag(country: string): string {
  return `country:${country}`
}
