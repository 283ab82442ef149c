import { PendingTags } from '@larder/query-tags'
import type { QueryRunner } from 'typeorm'
import { AlteredSettings } from './altered-settings.ts'

/** What is known of a connection to the database. */
export interface Connection {
  readonly pending: PendingTags
  /** What statements changed about the meaning of later ones: a search path, a role, a variable that policies look at. */
  readonly altered: AlteredSettings
}

/**
 * The state of each connection, by what its statements said. A pool hands one connection to many query runners, one after the other; the state belongs
 * to the connection.
 */
export class Connections {
  readonly #known = new WeakMap<object, Connection>()

  /** The connection under a query runner; of one that has none yet, a state that begins with the runner. */
  of(runner: QueryRunner): Connection {
    const under = underlying(runner)
    const known = this.#known.get(under)
    if (known !== undefined) return known
    const connection: Connection = { pending: new PendingTags(), altered: new AlteredSettings() }
    this.#known.set(under, connection)
    return connection
  }

  /** Whether what the runner reads may differ from what everybody else would read. */
  isPrivate(runner: QueryRunner): boolean {
    const known = this.#known.get(underlying(runner))
    return runner.isTransactionActive || known?.pending.open === true || known?.altered.any === true
  }
}

function underlying(runner: QueryRunner): object {
  return (runner as unknown as { readonly databaseConnection?: object }).databaseConnection ?? runner
}
