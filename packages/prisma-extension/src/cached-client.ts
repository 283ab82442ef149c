import { Commits, databaseTag, Observer, StatementReader } from '@larder/query-tags'
import { LiveLink } from './adapter/adapter-link.ts'
import { StatementWatcher } from './adapter/statement-watcher.ts'
import { checkModels } from './options/check-options.ts'
import type { ExtensionOptions } from './options/extension-options.ts'
import { dialectOf } from './prisma/client-internals.ts'
import type { ClientInternals } from './prisma/client-internals.ts'
import { transactionOf } from './prisma/transaction-of.ts'
import type { OperationTransaction } from './prisma/transaction-of.ts'
import { cachingOf } from './read/caching-of.ts'
import { QueryReader } from './read/query-reader.ts'
import type { Kept } from './read/query-reader.ts'
import { ReadPlanner } from './read/read-planner.ts'
import type { Operation } from './read/read-planner.ts'
import { noteAnswer } from './read/with-info.ts'
import { catalogOf } from './schema/catalog-of.ts'
import { dataModelOf } from './schema/data-model-of.ts'
import { ModelMap } from './schema/model-map.ts'
import { isRecord } from './values/is-record.ts'
import { isOutcomeUnknown } from './write/is-outcome-unknown.ts'
import { planOperation } from './write/plan-operation.ts'
import { WriteScopes } from './write/write-scopes.ts'

/** Results are copied for each caller by the extension itself; an invalidation of a committed change waits rather than fails. */
const RESULTS = Object.freeze({ copy: 'share', onUnavailable: 'queue' } as const)

const READS = new Set([
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
])

/** What Prisma gives to a query extension. */
export interface Call {
  readonly model: string | undefined
  readonly operation: string
  readonly args: unknown
  readonly query: (args: unknown) => PromiseLike<unknown>
  readonly internal: unknown
}

/** The cache of one Prisma schema on one database: what a client's operations go through. */
export class CachedClient {
  readonly map: ModelMap
  readonly planner: ReadPlanner
  readonly observer: Observer
  readonly scopes: WriteScopes
  readonly options: ExtensionOptions
  readonly omitted: unknown
  readonly #statements: StatementReader
  readonly #commits: Commits
  readonly #reader: QueryReader
  readonly #watcher: StatementWatcher | undefined

  constructor(client: ClientInternals, options: ExtensionOptions) {
    const dialect = dialectOf(client)
    if (dialect === 'mysql' && options.defaultSchema === undefined)
      throw new TypeError('defaultSchema must be the name of the MySQL database')
    const dataModel = dataModelOf(client, options.schema)
    checkModels(options, dataModel)
    this.options = options
    this.omitted = client._globalOmit ?? null
    this.map = new ModelMap(dataModel, catalogOf(dataModel, dialect, options))
    this.observer = new Observer({ onEvent: options.onEvent, onError: options.onError })
    this.#statements = new StatementReader(dialect)
    const cache = options.cache.cache<Kept>('prisma', RESULTS)
    this.#commits = new Commits(options, { cache, observer: this.observer })
    this.scopes = new WriteScopes(this.#commits)
    this.planner = new ReadPlanner(this.map, this.#statements, options)
    const { catalog } = this.map
    if (options.link instanceof LiveLink) {
      this.#watcher = new StatementWatcher({
        catalog,
        reader: this.#statements,
        commits: this.#commits,
        observer: this.observer,
      })
      options.link.attach(this.#watcher)
    }
    this.#reader = new QueryReader({
      cache,
      observer: this.observer,
      commits: this.#commits,
      isPrivate: () => this.#watcher?.mayBePrivate === true,
    })
  }

  /** Carries out an operation: from the cache, or as the client would, invalidating what it changes. */
  run(call: Call): PromiseLike<unknown> {
    const { model, operation, args } = call
    const isPlain = model !== undefined && READS.has(operation) && !(isRecord(args) && 'cache' in args)
    // A read that is not to be cached costs no promise more than without the extension.
    if (isPlain && cachingOf(model, undefined, this.options) === undefined) return call.query(args)
    return this.#run(call)
  }

  async #run(call: Call): Promise<unknown> {
    const { model, operation } = call
    const transaction = transactionOf(call.internal)
    if (model === undefined) return this.#raw(call, transaction)
    if (!READS.has(operation)) return this.#write(call, transaction)
    const { own, args } = withoutCache(call.args)
    return this.#read({ ...call, args }, own, transaction)
  }

  async #read(call: Call, own: unknown, transaction: OperationTransaction): Promise<unknown> {
    const run = async (): Promise<unknown> => await call.query(call.args)
    const caching = cachingOf(call.model, own, this.options)
    if (caching === undefined) return run()
    const bypass = (why: string): Promise<unknown> => {
      this.observer.tell({ kind: 'bypass', why })
      noteAnswer({ kind: 'bypass', why })
      return run()
    }
    if (transaction.kind === 'batch' || transaction.kind === 'interactive') return bypass('it runs in a transaction')
    if (transaction.kind === 'unknown' && this.scopes.inside) return bypass('it may run in a transaction')
    if (this.#watcher?.mayBePrivate === true) return bypass('a transaction begun by raw SQL is open')
    await this.#watcher?.ready
    const planned = this.planner.plan(operationOf(call, this.omitted))
    return planned.kind === 'bypass' ? bypass(planned.why) : this.#reader.read(planned.plan, caching, run)
  }

  async #raw(call: Call, transaction: OperationTransaction): Promise<unknown> {
    const isQuery = call.operation.startsWith('$queryRaw')
    const caching = isQuery ? cachingOf(undefined, undefined, this.options) : undefined
    // A text may be asked for rows and change some all the same.
    const planned = caching === undefined ? undefined : this.planner.plan(operationOf(call, this.omitted))
    return planned?.kind === 'plan' ? this.#read(call, undefined, transaction) : this.#write(call, transaction)
  }

  async #write(call: Call, transaction: OperationTransaction): Promise<unknown> {
    // The adapter tells more, and of more.
    if (this.#watcher !== undefined) return await call.query(call.args)
    const done = await this.#before(call, transaction)
    try {
      const result = await call.query(call.args)
      await this.#changed(call, result, transaction)
      return result
    } catch (error) {
      if (transaction.kind !== 'none' || isOutcomeUnknown(error, true))
        await this.#changed(call, undefined, transaction)
      throw error
    } finally {
      await done?.()
    }
  }

  /** With strict consistency: rejects, so that nothing is sent, if the cache cannot be told what is about to change. */
  async #before(call: Call, transaction: OperationTransaction): Promise<(() => Promise<void>) | undefined> {
    if (this.#commits.strict === undefined || transaction.kind === 'interactive') return undefined
    if (transaction.kind === 'unknown' && this.scopes.inside) return undefined
    return this.scopes.before(this.#tagsOf(call, undefined), { isBatch: transaction.kind === 'batch' })
  }

  async #changed(call: Call, result: unknown, transaction: OperationTransaction): Promise<void> {
    const tags = this.#tagsOf(call, result)
    if (tags.size === 0) return
    const isPart = transaction.kind !== 'none' && (transaction.kind !== 'unknown' || this.scopes.inside)
    const id = transaction.kind === 'interactive' ? transaction.id : undefined
    if (isPart && this.scopes.add(id, tags)) return
    if (isPart)
      this.observer.fail(new Error('a change of a transaction that nobody knows is invalidated before its commit'))
    await this.#commits.invalidator.invalidate(tags)
  }

  #tagsOf({ model, operation, args }: Call, result: unknown): ReadonlySet<string> {
    try {
      return planOperation(this.map, this.#statements, { model, name: operation, args, result })
    } catch (error) {
      this.observer.fail(error)
      this.observer.tell({ kind: 'invalidate-all', why: `${operation} is not understood` })
      return new Set([databaseTag(this.map.catalog.database)])
    }
  }
}

/** An operation as it is planned. */
function operationOf({ model, operation, args, internal }: Call, omitted: unknown): Operation {
  const dataPath: unknown = typeof internal === 'object' && internal !== null ? Reflect.get(internal, 'dataPath') : []
  return {
    model,
    name: operation,
    args: args ?? {},
    dataPath: Array.isArray(dataPath) ? (dataPath as string[]) : [],
    omitted,
  }
}

function withoutCache(args: unknown): { readonly own: unknown; readonly args: unknown } {
  if (!isRecord(args) || !('cache' in args)) return { own: undefined, args }
  const { cache: own, ...rest } = args
  return { own, args: rest }
}
