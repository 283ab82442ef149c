import { PendingTags } from '@larder/query-tags'
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils'
import { LiveLink } from './adapter-link.ts'
import type { AdapterLink } from './adapter-link.ts'
import type { Sent } from './statement-watcher.ts'

/** The methods of a transaction for its savepoints. */
const SAVEPOINTS = Object.freeze({
  savepoint: 'createSavepoint',
  'rollback-to': 'rollbackToSavepoint',
  release: 'releaseSavepoint',
} as const)

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
  const follow = (sent: Sent): Promise<void> => link.watcher?.follow(sent) ?? Promise.resolve()
  return over(adapter, {
    ...watchedQueries(adapter, link, follow),
    async executeScript(script) {
      try {
        await adapter.executeScript(script)
      } finally {
        await follow({ sql: script, args: [], failed: false })
      }
    },
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
  return over(transaction, {
    ...watchedQueries(transaction, link, (sent) => link.watcher?.followIn(pending, sent) ?? Promise.resolve()),
    async commit() {
      // What fails may have been carried out: it is invalidated too.
      try {
        await transaction.commit()
      } finally {
        await settle(pending.abandon())
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

function watchedQueries(
  queryable: SqlDriverAdapter | Transaction,
  link: LiveLink,
  follow: (sent: Sent) => Promise<void>,
): Pick<SqlDriverAdapter, 'queryRaw' | 'executeRaw'> {
  const watched = async <R>({ sql, args }: SqlQuery, run: () => Promise<R>): Promise<R> => {
    let result: R
    try {
      result = await run()
    } catch (error) {
      // The connection may have been lost after the statement was carried out.
      await follow({ sql, args, failed: true })
      throw error
    }
    await follow({ sql, args, failed: false, rows: typeof result === 'object' ? (result as SqlResultSet) : undefined })
    return result
  }
  return {
    queryRaw: (query) =>
      link.watcher?.isQuiet(query.sql) === true
        ? queryable.queryRaw(query)
        : watched(query, () => queryable.queryRaw(query)),
    executeRaw: (query) => watched(query, () => queryable.executeRaw(query)),
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
