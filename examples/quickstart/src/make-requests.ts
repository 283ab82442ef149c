import { SeededRandom } from '@larder/testing'
import type { City } from './city.ts'
import type { ListFilter } from './city-source.ts'
import { zipf } from './zipf.ts'

/** What a visitor asks for: the page of a city, or a list of the biggest cities of a country. */
export type Request =
  { readonly kind: 'city'; readonly id: number } | { readonly kind: 'list'; readonly filter: ListFilter }

/** Share of the requests that ask for a list. */
const LISTS = 0.2

/**
 * A sequence of requests, the same on every run. The more inhabitants, the more visitors: cities, and countries by their
 * biggest city, are asked for by Zipf's law.
 */
export function makeRequests(citiesBySize: readonly City[], count: number): readonly Request[] {
  const random = new SeededRandom(20_260_101)
  const fraction = (): number => random.fraction()
  const countries = [...new Set(citiesBySize.map((city) => city.country))]
  const cityRank = zipf(citiesBySize.length, fraction)
  const countryRank = zipf(countries.length, fraction)
  return Array.from({ length: count }, (): Request => {
    if (fraction() < LISTS) {
      const filter = { country: countries[countryRank()] as string, top: fraction() < 0.5 ? 10 : 50 }
      return { kind: 'list', filter }
    }
    return { kind: 'city', id: (citiesBySize[cityRank()] as City).id }
  })
}
