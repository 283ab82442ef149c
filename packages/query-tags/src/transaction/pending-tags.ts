import type { Statement, TransactionStep } from '../statement/statement.ts'

interface Frame {
  /** The savepoint that opened it; `undefined` for the transaction itself. */
  readonly savepoint: string | undefined
  readonly tags: Set<string>
}

/**
 * The tags that one connection's changes move, held back until they are committed. Outside a transaction they are due at once. Follows the statements
 * themselves, so that it makes no difference who sent them.
 */
export class PendingTags {
  #frames: Frame[] = []
  /** Whether a transaction is always open: MySQL with autocommit switched off. */
  #always = false

  /** What was changed since nobody can tell whether a transaction is open; `undefined` where that is certain. */
  #doubt: Set<string> | undefined

  /** Whether a transaction is open, or may be. */
  get open(): boolean {
    return this.#frames.length > 0 || this.#doubt !== undefined
  }

  /** All that the open transaction has changed so far. */
  get tags(): ReadonlySet<string> {
    return new Set([...(this.#doubt ?? []), ...this.#frames.flatMap((frame) => [...frame.tags])])
  }

  /** Adds the tags of a statement; answers those that are due: all of them outside a transaction, none in one. */
  add(tags: ReadonlySet<string>): ReadonlySet<string> {
    if (this.#doubt !== undefined) this.#keep(tags)
    const frame = this.#frames.at(-1)
    if (frame === undefined) return tags
    for (const tag of tags) frame.tags.add(tag)
    return NONE
  }

  /** The tags of what statements are about to make visible: by a COMMIT, or by a change outside a transaction. */
  atStake(
    statements: readonly Statement[],
    tagsOf: (statement: Statement) => ReadonlySet<string>,
  ): ReadonlySet<string> {
    const stake = new Set<string>()
    const ends = statements.some(({ kind }) => kind === 'transaction')
    for (const statement of statements) {
      if (statement.kind === 'transaction') {
        const { kind } = statement.step
        if (kind === 'commit' || kind === 'begin') for (const tag of this.tags) stake.add(tag)
      } else if (!this.open || this.#doubt !== undefined || ends) for (const tag of tagsOf(statement)) stake.add(tag)
    }
    return stake
  }

  /**
   * Follows a step that the database carried out; answers the tags that are due because of it. A COMMIT whose outcome is not known is followed
   * like one that succeeded: an invalidation too many does no harm.
   */
  follow(step: TransactionStep): ReadonlySet<string> {
    switch (step.kind) {
      case 'begin':
        if (step.autocommit === false) this.#always = true
        return this.#begin()
      case 'commit':
        if (step.autocommit === true) this.#always = false
        return this.#end(this.tags, step.chain)
      case 'rollback':
        return this.#end(NONE, step.chain)
      case 'savepoint':
        if (this.#frames.length > 0) this.#frames.push({ savepoint: step.name, tags: new Set() })
        return NONE
      case 'release':
        this.#release(step.name)
        return NONE
      case 'rollback-to':
        this.#rollBackTo(step.name)
        return NONE
      default:
        return step satisfies never
    }
  }

  /** Forgets the transaction; answers what it may have changed. For a connection of which nobody will hear again. */
  abandon(): ReadonlySet<string> {
    return this.#end(this.tags, false)
  }

  /**
   * A step failed, and nobody can tell whether a transaction is open: answers what it may have changed. That, and what is changed from here on, is
   * due at once, and once more at the next step that is certain.
   */
  doubt(): ReadonlySet<string> {
    const due = this.tags
    this.#frames = []
    this.#doubt = new Set()
    this.#keep(due)
    return due
  }

  /** BEGIN in a transaction: a warning in PostgreSQL, an implicit COMMIT in MySQL. What was changed is due, and due again at the end. */
  #begin(): ReadonlySet<string> {
    const due = this.tags
    this.#doubt = undefined
    if (this.#frames.length === 0) this.#frames = [{ savepoint: undefined, tags: new Set() }]
    return due
  }

  #end(due: ReadonlySet<string>, chain: boolean): ReadonlySet<string> {
    this.#doubt = undefined
    this.#frames = chain || this.#always ? [{ savepoint: undefined, tags: new Set() }] : []
    return due
  }

  #release(name: string): void {
    const at = this.#find(name)
    if (at === -1) return
    const released = this.#frames.splice(at)
    const into = this.#frames.at(-1) as Frame
    for (const frame of released) for (const tag of frame.tags) into.tags.add(tag)
  }

  #rollBackTo(name: string): void {
    const at = this.#find(name)
    // A savepoint that nobody saw being made: what came after it is not known, so all of it stays.
    if (at === -1) return
    this.#frames.splice(at + 1)
    this.#frames[at]?.tags.clear()
  }

  /** Rows are not told apart: a doubt may last as long as the connection. */
  #keep(tags: ReadonlySet<string>): void {
    for (const tag of tags) {
      const [kind, table] = tag.split(':', 2) as [string, string]
      this.#doubt?.add(kind === 'e' || kind === 'w' ? `c:${table}` : tag)
    }
  }

  #find(name: string): number {
    return this.#frames.findLastIndex((frame) => frame.savepoint === name)
  }
}

const NONE: ReadonlySet<string> = new Set()
