import type { Dialect } from '../sql/dialect.ts'
import { analyzeSql } from './analyze-sql.ts'
import type { Statement } from './statement.ts'

/** Texts whose analysis is kept. */
const MOST_TEXTS = 2_000
/** Longer texts are mostly different each time: values written into them. */
const LONGEST_KEPT = 20_000

/** Analyses statements, and remembers those it has seen: values come as parameters, so that an application has a limited number of texts. */
export class StatementReader {
  readonly #dialect: Dialect
  readonly #known = new Map<string, readonly Statement[]>()

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** What the statements of a text do. Never throws. */
  read(sql: string): readonly Statement[] {
    const known = this.#known.get(sql)
    if (known !== undefined) return known
    const statements = this.#analyze(sql)
    if (sql.length <= LONGEST_KEPT) {
      if (this.#known.size >= MOST_TEXTS) this.#known.delete(this.#known.keys().next().value as string)
      this.#known.set(sql, statements)
    }
    return statements
  }

  #analyze(sql: string): readonly Statement[] {
    try {
      return analyzeSql(sql, this.#dialect)
    } catch (error) {
      // Nesting deeper than the stack is no reason to fail a statement that the database understands.
      return [{ kind: 'unknown', why: `its text cannot be read: ${String(error)}` }]
    }
  }
}
