import type { Commits } from '@larder/query-tags'
import type { DataSource, QueryRunner } from 'typeorm'
import { askForRows, takeRows } from './ask-for-rows.ts'
import type { StatementWatcher } from './statement-watcher.ts'

type Query = (sql: string, parameters?: unknown[], structured?: boolean) => Promise<unknown>
type Watched = Omit<QueryRunner, 'query' | 'stream'> & {
  readonly driver: { readonly options: { readonly type: string } }
  query: Query
  stream?: (...args: unknown[]) => Promise<unknown>
}

/** How statements are watched. */
export interface Watching {
  readonly watcher: StatementWatcher
  readonly strict: Commits['strict']
  /** Whether changes by primary key are asked for the keys of their rows. */
  readonly asks: boolean
  /** Names of the primary key's columns, by the table's id. */
  readonly primaryKeys: (table: string) => readonly string[]
}

/** By driver: one class of query runners serves all data sources of its kind. */
const watchings = new WeakMap<object, Watching>()
const patched = new WeakMap<object, { readonly original: Pick<Watched, 'query' | 'stream'>; users: number }>()

/**
 * Watches every statement of a data source, whichever way it is made. The class of its query runners is changed, for as long as one data source needs
 * it; the others' statements pass. The answer ends that.
 */
export async function watchRunners(dataSource: DataSource, watching: Watching): Promise<() => void> {
  const { driver } = dataSource
  const runner = driver.createQueryRunner('master')
  const prototype = Object.getPrototypeOf(runner) as Watched
  await runner.release()
  const known = patched.get(prototype)
  if (known === undefined) patch(prototype)
  else known.users++
  watchings.set(driver, watching)
  return () => {
    watchings.delete(driver)
    const state = patched.get(prototype)
    if (state === undefined || --state.users > 0) return
    prototype.query = state.original.query
    if (state.original.stream !== undefined) prototype.stream = state.original.stream
    patched.delete(prototype)
  }
}

function patch(prototype: Watched): void {
  const { query, stream } = prototype
  prototype.query = function (this: Watched, sql, parameters, structured) {
    const watching = watchings.get(this.driver)
    if (watching === undefined) return query.call(this, sql, parameters, structured)
    const statements = watching.watcher.reader.read(sql)
    if (watching.watcher.isQuiet(statements)) return query.call(this, sql, parameters, structured)
    return change(this, { query: query.bind(this), sql, parameters, structured: structured === true }, watching)
  }
  if (stream !== undefined)
    prototype.stream = async function (this: Watched, ...args) {
      const result = await stream.apply(this, args)
      await followStream(this, args as [string, unknown[] | undefined], result)
      return result
    }
  patched.set(prototype, { original: stream === undefined ? { query } : { query, stream }, users: 1 })
}

/** Nobody tells when a stream has carried out its statement: what it changes is invalidated as it begins, and as it ends. */
async function followStream(
  runner: Watched,
  [sql, parameters]: readonly [string, unknown[] | undefined],
  result: unknown,
): Promise<void> {
  const watcher = watchings.get(runner.driver)?.watcher
  const statements = watcher?.reader.read(sql)
  if (watcher === undefined || statements === undefined || watcher.isQuiet(statements)) return
  const given = { from: 'event', result: undefined } as const
  const follow = (): Promise<void> =>
    watcher.follow(runner as unknown as QueryRunner, { statements, parameters: parameters ?? [], given })
  await follow()
  ;(result as NodeJS.ReadableStream).on('close', () => void follow())
}

async function change(
  runner: Watched,
  call: {
    readonly query: Query
    readonly sql: string
    readonly parameters: unknown[] | undefined
    readonly structured: boolean
  },
  watching: Watching,
): Promise<unknown> {
  const { watcher, strict } = watching
  const { query, sql, structured } = call
  const parameters = call.parameters ?? []
  const known = runner as unknown as QueryRunner
  const statements = watcher.reader.read(sql)
  const asking = watching.asks ? asked(known, { sql, statements, parameters }, watching) : undefined
  const intent = await strict?.before(watcher.atStake(known, statements, parameters))
  const from = structured ? 'structured' : 'plain'
  let result: unknown
  try {
    result = await query(asking?.sql ?? sql, call.parameters, structured)
  } catch (error) {
    await watcher.follow(known, { statements, parameters, given: undefined })
    await intent?.end()
    throw error
  }
  const given = asking === undefined ? ({ from, result } as const) : takeRows({ from, result })
  await watcher.follow(known, { statements: asking?.statements ?? statements, parameters, given })
  await intent?.end()
  return result
}

function asked(
  runner: QueryRunner,
  sent: {
    readonly sql: string
    readonly statements: ReturnType<StatementWatcher['reader']['read']>
    readonly parameters: readonly unknown[]
  },
  { watcher, primaryKeys }: Watching,
): ReturnType<typeof askForRows> {
  const [statement] = sent.statements
  if (statement?.kind !== 'write') return undefined
  const tags = watcher.tagsOf(statement, sent.parameters, undefined)
  const type = (runner as unknown as { readonly driver: { readonly options: { readonly type: string } } }).driver
    .options.type
  return askForRows(
    { catalog: watcher.catalog, statements: sent.statements, sql: sent.sql },
    { type, tags, primaryKeys },
  )
}
