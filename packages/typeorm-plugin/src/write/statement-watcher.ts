import { databaseTag, planWrite, StatementReader } from '@larder/query-tags'
import type { Catalog, Commits, Observer, PendingTags, Statement } from '@larder/query-tags'
import type { QueryRunner } from 'typeorm'
import type { Connection, Connections } from './connections.ts'
import { answerOf } from './statement-answer.ts'
import type { Given } from './statement-answer.ts'

/** One text that was sent to the database, and what came of it. `given` is missing where it failed. */
export interface Sent {
  readonly statements: readonly Statement[]
  readonly parameters: readonly unknown[]
  readonly given: Given | undefined
}

/** Follows the statements of all connections, and invalidates what they change once it is committed. */
export class StatementWatcher {
  readonly catalog: Catalog
  readonly reader: StatementReader
  readonly connections: Connections
  readonly #commits: Commits
  readonly #observer: Observer

  constructor(how: {
    readonly catalog: Catalog
    readonly connections: Connections
    readonly commits: Commits
    readonly observer: Observer
  }) {
    this.catalog = how.catalog
    this.reader = new StatementReader(how.catalog.dialect)
    this.connections = how.connections
    this.#commits = how.commits
    this.#observer = how.observer
  }

  /** Whether a text can change nothing: most are queries, and cost no more than this question. */
  isQuiet(statements: readonly Statement[]): boolean {
    const [only] = statements
    if (statements.length !== 1 || only === undefined) return false
    if (only.kind === 'harmless') return true
    return only.kind === 'query' && (only.query.functions.length === 0 || this.tagsOf(only, [], undefined).size === 0)
  }

  /** The tags that a statement moves. */
  tagsOf(statement: Statement, parameters: readonly unknown[], given: Given | undefined): ReadonlySet<string> {
    try {
      const answer = given === undefined ? undefined : answerOf(statement, given)
      return planWrite(this.catalog, statement, { parameters, answer })
    } catch (error) {
      // The statement is none the worse for it: what it changes may be anything.
      this.#observer.fail(error)
      return new Set([databaseTag(this.catalog.database)])
    }
  }

  /** What moves when statements are carried out. */
  atStake(runner: QueryRunner, statements: readonly Statement[], parameters: readonly unknown[]): ReadonlySet<string> {
    const { pending } = this.connections.of(runner)
    return pending.atStake(statements, (statement) => this.tagsOf(statement, parameters, undefined))
  }

  /** Follows what was sent. Resolves when what is due because of it is invalidated; never rejects. */
  async follow(runner: QueryRunner, sent: Sent): Promise<void> {
    const connection = this.connections.of(runner)
    const due = new Set<string>()
    for (const statement of sent.statements) for (const tag of this.#step(connection, statement, sent)) due.add(tag)
    await this.#commits.invalidator.invalidate(due)
  }

  #step(connection: Connection, statement: Statement, sent: Sent): ReadonlySet<string> {
    switch (statement.kind) {
      case 'transaction':
        return sent.given === undefined
          ? failedStep(connection.pending, statement, sent)
          : connection.pending.follow(statement.step)
      case 'session':
        connection.altered.follow(statement, sent.given !== undefined && !connection.pending.open)
        return new Set()
      case 'unknown':
        this.#observer.tell({ kind: 'invalidate-all', why: statement.why })
        return connection.pending.add(this.tagsOf(statement, sent.parameters, sent.given))
      case 'write':
      case 'query':
        // Also where it failed: the connection may have been lost after it was carried out.
        return connection.pending.add(
          this.tagsOf(statement, sent.parameters, sent.statements.length === 1 ? sent.given : undefined),
        )
      case 'harmless':
        return new Set()
      default:
        return statement satisfies never
    }
  }
}

/**
 * A COMMIT that failed may have been carried out, or leave the transaction open; after a ROLLBACK that failed nobody knows what the connection does; and of
 * a text of several statements some may have been.
 */
function failedStep(
  pending: PendingTags,
  { step }: Extract<Statement, { kind: 'transaction' }>,
  { statements }: Sent,
): ReadonlySet<string> {
  const several = statements.length > 1
  if (step.kind === 'begin' && several) return pending.doubt()
  return pending.open && (several || step.kind === 'commit' || step.kind === 'rollback') ? pending.doubt() : new Set()
}
