import { PendingTags } from '@larder/query-tags'
import type { Intent } from '@larder/query-tags'
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils'
import { LiveLink } from './adapter-link.ts'
import type { AdapterLink } from './adapter-link.ts'
import type { Sent, StatementWatcher } from './statement-watcher.ts'

/** The methods of a transaction for its savepoints. */
const SAVEPOINTS = Object.freeze({
  savepoint: 'createSavepoint',
  'rollback-to': 'rollbackToSavepoint',
  release: 'releaseSavepoint',
} as const)

const ROLLBACK: SqlQuery = Object.freeze({ sql: 'ROLLBACK', args: [], argTypes: [] })

/** The adapter's own methods, replaced; the rest is passed through. */
type Replaced<T> = { readonly [K in keyof T]?: T[K] }

/**
 * An adapter factory whose statements the extension with the same link follows: of all clients made with it, with the extension or without.
 * @throws TypeError for a link that `createAdapterLink` did not make.
 */
export function cachedAdapter<F extends SqlDriverAdapterFactory>(factory: F, link: AdapterLink): F {
  if (!(link instanceof LiveLink)) throw new TypeError('link must be made by createAdapterLink()')
  if (typeof factory?.connect !== 'function')
    throw new TypeError('factory must be a driver adapter factory: new PrismaPg(…)')
  link.wrapped = true
  const replaced: Replaced<SqlDriverAdapterFactory> = {
    connect: async () => watchedAdapter(await factory.connect(), link),
  }
  return over(factory, replaced as Replaced<F>)
}

function watchedAdapter(adapter: SqlDriverAdapter, link: LiveLink): SqlDriverAdapter {
  const around: Around = {
    before: (watcher, query) => watcher.before(query),
    after: (watcher, sent) => watcher.follow(sent),
  }
  return over(adapter, {
    ...watchedQueries(adapter, link, around),
    executeScript: (script) =>
      watched(link, around, { sql: script, args: [], run: () => adapter.executeScript(script) }),
    startTransaction: async (level) => watchedTransaction(await adapter.startTransaction(level), link),
  })
}

function watchedTransaction(transaction: Transaction, link: LiveLink): Transaction {
  const pending = new PendingTags()
  pending.follow({ kind: 'begin' })
  const settle = async (tags: ReadonlySet<string>): Promise<void> => {
    if (tags.size > 0) await link.watcher?.invalidate(tags)
  }
  const step = async (kind: keyof typeof SAVEPOINTS, name: string): Promise<void> => {
    await transaction[SAVEPOINTS[kind]]?.(name)
    pending.follow({ kind, name })
  }
  // A commit that is refused must not stay open: where Prisma itself sends the COMMIT, what follows only gives the connection back.
  const refuse = async (rollback: () => Promise<unknown>): Promise<void> => {
    await rollback().catch(() => undefined)
    pending.follow({ kind: 'rollback', chain: false })
  }
  return over(transaction, {
    ...watchedQueries(transaction, link, {
      before: (watcher, query) =>
        watcher.before(query, pending).catch(async (error: unknown) => {
          // Nothing else in a transaction is refused.
          await refuse(() => transaction.executeRaw(ROLLBACK))
          throw error
        }),
      after: (watcher, sent) => watcher.followIn(pending, sent),
    }),
    async commit() {
      const intent = await link.watcher?.beforeCommit(pending).catch(async (error: unknown) => {
        await refuse(() => transaction.rollback())
        throw error
      })
      // What fails may have been carried out: it is invalidated too.
      try {
        await transaction.commit()
      } finally {
        await settle(pending.abandon())
        await intent?.end()
      }
    },
    async rollback() {
      try {
        await transaction.rollback()
      } catch (error) {
        await settle(pending.abandon())
        throw error
      }
      pending.follow({ kind: 'rollback', chain: false })
    },
    // Only what the adapter has: Prisma asks for it.
    ...(transaction.createSavepoint && { createSavepoint: (name) => step('savepoint', name) }),
    ...(transaction.rollbackToSavepoint && { rollbackToSavepoint: (name) => step('rollback-to', name) }),
    ...(transaction.releaseSavepoint && { releaseSavepoint: (name) => step('release', name) }),
  })
}

/** What is done around a statement that may change something. */
interface Around {
  readonly before: (watcher: StatementWatcher, query: Pick<SqlQuery, 'sql' | 'args'>) => Promise<Intent | undefined>
  readonly after: (watcher: StatementWatcher, sent: Sent) => Promise<void>
}

function watchedQueries(
  queryable: SqlDriverAdapter | Transaction,
  link: LiveLink,
  around: Around,
): Pick<SqlDriverAdapter, 'queryRaw' | 'executeRaw'> {
  return {
    queryRaw: (query) =>
      link.watcher?.isQuiet(query.sql) === true
        ? queryable.queryRaw(query)
        : watched(link, around, { ...query, run: () => queryable.queryRaw(query) }),
    executeRaw: (query) => watched(link, around, { ...query, run: () => queryable.executeRaw(query) }),
  }
}

async function watched<R>(
  link: LiveLink,
  around: Around,
  { sql, args, run }: Pick<SqlQuery, 'sql' | 'args'> & { readonly run: () => Promise<R> },
): Promise<R> {
  const follow = async (sent: Omit<Sent, 'sql' | 'args'>): Promise<void> => {
    const { watcher } = link
    if (watcher !== undefined) await around.after(watcher, { sql, args, ...sent })
  }
  const { watcher } = link
  const intent = watcher === undefined ? undefined : await around.before(watcher, { sql, args })
  try {
    const result = await run()
    await follow({ failed: false, rows: typeof result === 'object' ? (result as SqlResultSet) : undefined })
    return result
  } catch (error) {
    // The connection may have been lost after the statement was carried out.
    await follow({ failed: true })
    throw error
  } finally {
    await intent?.end()
  }
}

/** The object with some of its members replaced. The others work on the object itself: they may need its private fields. */
function over<T extends object>(object: T, replaced: Replaced<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name as keyof T]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
