import type { City } from './city.ts'

/** Which list is meant: so many of the biggest cities of one country. */
export interface ListFilter {
  readonly country: string
  readonly top: number
}

/** A city in a list. */
export interface ListedCity extends City {
  /** Its share of all that live in cities of the country, 0 to 1. */
  readonly share: number
}

/** Where cities come from. The first node asks the database itself, a second process asks the first. */
export interface CitySource {
  /** One city. Rejects if there is none with that id. */
  findCity(id: number): Promise<City>
  /** The biggest cities of a country, biggest first. */
  listCities(filter: ListFilter): Promise<readonly ListedCity[]>
}
