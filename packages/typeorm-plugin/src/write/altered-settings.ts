import type { Statement } from '@larder/query-tags'

/** What a session's own statements changed about the meaning of later ones. */
export class AlteredSettings {
  readonly #names = new Set<string>()

  /** Whether anything is not as the session began. */
  get any(): boolean {
    return this.#names.size > 0
  }

  /** Follows a statement. `certain`: it succeeded, and no ROLLBACK can undo it; otherwise a reset does not count. */
  follow(statement: Extract<Statement, { kind: 'session' }>, certain: boolean): void {
    if (statement.change === 'alter') for (const name of statement.names) this.#names.add(name)
    else if (certain && statement.names !== 'all') for (const name of statement.names) this.#names.delete(name)
    else if (certain && statement.names === 'all')
      for (const name of this.#names) if (!statement.except.includes(name)) this.#names.delete(name)
  }
}
