import type { SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils'
import type { TestDatabase } from './databases.ts'

/** What a test does to statements on their way. The end of a transaction is a `COMMIT`, whichever way its adapter makes it. */
export interface Hooks {
  /** Before the database gets a statement: what it throws is thrown instead. */
  readonly before?: (sql: string) => Promise<void>
  /** After the database answered, and before anybody hears. */
  readonly after?: (sql: string) => Promise<void>
}

/** The same database, with hooks around all statements of its adapters. */
export function hooked(database: TestDatabase, hooks: Hooks): TestDatabase {
  return { ...database, adapter: () => hookedFactory(database, hooks) }
}

function hookedFactory(database: TestDatabase, hooks: Hooks): ReturnType<TestDatabase['adapter']> {
  const around = async <R>(sql: string, run: () => Promise<R>): Promise<R> => {
    await hooks.before?.(sql)
    const result = await run()
    await hooks.after?.(sql)
    return result
  }
  const watch = <T extends SqlDriverAdapter | Transaction>(queryable: T): T => {
    for (const name of ['queryRaw', 'executeRaw'] as const) {
      const run = queryable[name].bind(queryable) as (query: { sql: string }) => Promise<never>
      queryable[name] = (query: { sql: string }) => around(query.sql, () => run(query))
    }
    return queryable
  }
  const factory = database.adapter()
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = watch(await connect())
    const start = adapter.startTransaction.bind(adapter)
    adapter.startTransaction = async (level) => {
      const transaction = watch(await start(level))
      const commit = transaction.commit.bind(transaction)
      if (transaction.options.usePhantomQuery) transaction.commit = () => around('COMMIT', commit)
      return transaction
    }
    return adapter
  }
  return factory
}

/** Stops a statement where a hook passes through it. */
export class Gate {
  readonly #pattern: RegExp
  readonly #opened: Promise<void>
  /** Resolves when a statement waits. */
  readonly reached: Promise<void>
  #reach: () => void = () => undefined
  open: () => void = () => undefined
  #isShut = false

  constructor(pattern: RegExp) {
    this.#pattern = pattern
    this.#opened = new Promise((resolve) => (this.open = resolve))
    this.reached = new Promise((resolve) => (this.#reach = resolve))
  }

  /** From now on, the next statement that matches waits until `open` is called. */
  shut(): this {
    this.#isShut = true
    return this
  }

  readonly pass = async (sql: string): Promise<void> => {
    if (!this.#isShut || !this.#pattern.test(sql)) return
    this.#isShut = false
    this.#reach()
    await this.#opened
  }
}
