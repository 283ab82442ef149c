import { PGlite } from '@electric-sql/pglite'
import type { City } from './city.ts'
import type { CitySource, ListedCity, ListFilter } from './city-source.ts'
import { CountedDatabase } from './counted-database.ts'

/** Rows that are sent to the database in one go. */
const ROWS_PER_COPY = 10_000

/** The cities in a PostgreSQL of this process' own: PGlite, in memory. */
export class CityDatabase implements CitySource, AsyncDisposable {
  readonly #postgres: PGlite
  readonly #counted: CountedDatabase

  private constructor(postgres: PGlite) {
    this.#postgres = postgres
    this.#counted = new CountedDatabase(postgres)
  }

  /** Starts the database and fills it. `report` hears how many rows it holds. */
  static async open(cities: readonly City[], report: (rows: number) => void): Promise<CityDatabase> {
    const postgres = await PGlite.create()
    await postgres.exec(`
      CREATE TABLE cities (
        id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL, population integer NOT NULL,
        longitude double precision NOT NULL, latitude double precision NOT NULL
      )`)
    for (let rows = 0; rows < cities.length; rows += ROWS_PER_COPY) {
      report(rows)
      const blob = new Blob(cities.slice(rows, rows + ROWS_PER_COPY).map(copyLine))
      await postgres.query(`COPY cities FROM '/dev/blob'`, [], { blob })
    }
    await postgres.exec('CREATE INDEX ON cities (country, population DESC); ANALYZE cities')
    return new CityDatabase(postgres)
  }

  /** Queries that were sent to it since it was filled. */
  get queries(): number {
    return this.#counted.queries
  }

  async findCity(id: number): Promise<City> {
    const [city] = await this.#counted.query<City>('SELECT * FROM cities WHERE id = $1', [id])
    if (city === undefined) throw new Error(`there is no city ${id}`)
    return city
  }

  listCities({ country, top }: ListFilter): Promise<readonly ListedCity[]> {
    return this.#counted.query<ListedCity>(
      `SELECT *, population / (sum(population) OVER ())::float AS share
       FROM cities WHERE country = $1 ORDER BY population DESC LIMIT $2`,
      [country, top],
    )
  }

  /** Changes one row. */
  async setPopulation(id: number, population: number): Promise<void> {
    await this.#counted.query('UPDATE cities SET population = $2 WHERE id = $1', [id, population])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#postgres.close()
  }
}

/** A row as COPY reads it: tabs between the fields, a backslash before what would end one. */
function copyLine(city: City): string {
  const name = city.name.replace(/[\\\t\n\r]/g, (character) => `\\${character}`)
  return `${[city.id, name, city.country, city.population, city.longitude, city.latitude].join('\t')}\n`
}
