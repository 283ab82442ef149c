import { databaseTag, PendingTags, planWrite } from '@larder/query-tags'
import type {
  Catalog,
  Commits,
  Intent,
  Observer,
  Statement,
  StatementReader,
  TransactionStep,
  WriteAnswer,
} from '@larder/query-tags'
import type { SqlResultSet } from '@prisma/driver-adapter-utils'

/** A statement as an adapter gets it, and what it answered. `rows` are missing where nobody asked for them. */
export interface Sent {
  readonly sql: string
  readonly args: readonly unknown[]
  readonly failed: boolean
  readonly rows?: SqlResultSet | undefined
}

/** Tells what statements change, and invalidates it when it is committed. */
export class StatementWatcher {
  readonly #catalog: Catalog
  readonly #reader: StatementReader
  readonly #commits: Commits
  readonly #observer: Observer
  /** Whether a transaction begun by raw SQL may be open, on a connection that nobody can tell; and what was changed since. */
  #rawTags: Set<string> | undefined
  #ready: Promise<void> | undefined

  constructor(how: {
    readonly catalog: Catalog
    readonly reader: StatementReader
    readonly commits: Commits
    readonly observer: Observer
  }) {
    this.#catalog = how.catalog
    this.#reader = how.reader
    this.#commits = how.commits
    this.#observer = how.observer
  }

  /** Whether what is read now may be the private view of an open transaction. */
  get mayBePrivate(): boolean {
    return this.#rawTags !== undefined
  }

  /** Whether a text can change nothing: most are queries, and cost no more than this question. */
  isQuiet(sql: string): boolean {
    const [only, ...more] = this.#reader.read(sql)
    return more.length === 0 && only?.kind === 'query' && only.query.functions.every((name) => this.#isHarmless(name))
  }

  /** Resolves when what nobody followed is made up for. */
  get ready(): Promise<void> | undefined {
    return this.#ready
  }

  /** Statements ran that nobody followed: anything may have changed. */
  missed(): void {
    this.#ready = this.invalidate(new Set([databaseTag(this.#catalog.database)]))
  }

  /**
   * With strict consistency, before a statement is sent: of the adapter's transaction that `pending` belongs to, or of none. Rejects, so that it is not
   * sent, if the cache cannot be told what it is about to make visible.
   */
  async before(
    { sql, args }: Pick<Sent, 'sql' | 'args'>,
    pending: PendingTags = NO_TRANSACTION,
  ): Promise<Intent | undefined> {
    const { strict } = this.#commits
    if (strict === undefined) return undefined
    const sent = { sql, args, failed: false }
    const stake = new Set(pending.atStake(this.#reader.read(sql), (statement) => this.tagsOf([statement], sent)))
    if (pending === NO_TRANSACTION) for (const tag of this.#rawTags ?? []) stake.add(tag)
    return strict.before(stake)
  }

  /** The same before a commit that is no statement. */
  async beforeCommit(pending: PendingTags): Promise<Intent | undefined> {
    return this.#commits.strict?.before(pending.tags)
  }

  /** Follows a statement outside of the adapter's own transactions. Never rejects. */
  async follow(sent: Sent): Promise<void> {
    await this.#ready
    const statements = this.#reader.read(sent.sql)
    const due = new Set(this.tagsOf(statements, sent))
    for (const statement of statements) {
      if (statement.kind !== 'transaction') continue
      const { kind } = statement.step
      if (kind === 'begin') this.#rawTags ??= new Set()
      if (kind === 'commit' || kind === 'rollback') {
        for (const tag of this.#rawTags ?? []) due.add(tag)
        this.#rawTags = undefined
      }
    }
    // Invalidated at once, and again when the transaction that it may be part of is committed.
    for (const tag of due) this.#rawTags?.add(tag)
    await this.invalidate(due)
  }

  /** Follows a statement of a transaction. Never rejects. */
  async followIn(pending: PendingTags, sent: Sent): Promise<void> {
    const statements = this.#reader.read(sent.sql)
    const due = new Set(pending.add(this.tagsOf(statements, sent)))
    for (const statement of statements)
      if (statement.kind === 'transaction') for (const tag of step(pending, statement.step, sent.failed)) due.add(tag)
    await this.invalidate(due)
  }

  /** The tags that statements move. */
  tagsOf(statements: readonly Statement[], sent: Sent): ReadonlySet<string> {
    const tags = new Set<string>()
    for (const statement of statements) {
      if (statement.kind === 'unknown') this.#observer.tell({ kind: 'invalidate-all', why: statement.why })
      const answer = statements.length === 1 ? answerOf(statement, sent) : undefined
      for (const tag of this.#planned(statement, { parameters: sent.args, answer })) tags.add(tag)
    }
    return tags
  }

  /** Everything, if it cannot be told. */
  #planned(statement: Statement, sent: Parameters<typeof planWrite>[2]): ReadonlySet<string> {
    try {
      return planWrite(this.#catalog, statement, sent)
    } catch (error) {
      this.#observer.fail(error)
      this.#observer.tell({ kind: 'invalidate-all', why: 'a statement is not understood' })
      return new Set([databaseTag(this.#catalog.database)])
    }
  }

  #isHarmless(name: string): boolean {
    const effect = this.#catalog.effectOf(name)
    return effect === 'steady' || effect === 'unsteady'
  }

  async invalidate(tags: ReadonlySet<string>): Promise<void> {
    await this.#commits.invalidator.invalidate(tags)
  }
}

/** Its changes are visible at once. */
const NO_TRANSACTION = new PendingTags()

/** A COMMIT that failed may have been carried out, and after a ROLLBACK that failed nobody knows what the connection does. */
function step(pending: PendingTags, taken: TransactionStep, failed: boolean): ReadonlySet<string> {
  if (!failed) return pending.follow(taken)
  return taken.kind === 'commit' || taken.kind === 'rollback' ? pending.abandon() : new Set()
}

function answerOf(statement: Statement, { rows, failed }: Sent): WriteAnswer | undefined {
  const [write, ...more] = statement.kind === 'write' ? statement.writes : []
  if (failed || rows === undefined || write === undefined || more.length > 0 || !('returning' in write))
    return undefined
  if (write.returning.kind === 'columns')
    return { rows: rows.rows.map((row) => Object.fromEntries(rows.columnNames.map((name, at) => [name, row[at]]))) }
  const { lastInsertId } = rows
  return write.kind === 'insert' && lastInsertId !== undefined ? { insertedId: lastInsertId } : undefined
}
