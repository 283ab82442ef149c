import type { PGlite } from '@electric-sql/pglite'

/** The door through which every query of every node passes, with a counter at it. */
export class CountedDatabase {
  readonly #database: PGlite
  #queries = 0

  constructor(database: PGlite) {
    this.#database = database
  }

  /** Queries sent so far. */
  get queries(): number {
    return this.#queries
  }

  async query<Row>(sql: string, parameters: readonly unknown[]): Promise<readonly Row[]> {
    this.#queries++
    const { rows } = await this.#database.query<Row>(sql, [...parameters])
    return rows
  }
}
