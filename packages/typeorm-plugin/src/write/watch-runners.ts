import type { DataSource, QueryRunner } from 'typeorm'
import type { StrictCommits } from './strict-commits.ts'
import { askForRows, takeRows } from './ask-for-rows.ts'
import type { StatementWatcher } from './statement-watcher.ts'

type Query = (sql: string, parameters?: unknown[], structured?: boolean) => Promise<unknown>
type Watched = Omit<QueryRunner, 'query' | 'stream'> & {
  query: Query
  stream?: (...args: unknown[]) => Promise<unknown>
}

/** How statements are watched. */
export interface Watching {
  readonly watcher: StatementWatcher
  readonly strict: StrictCommits | undefined
  /** Whether changes by primary key are asked for the keys of their rows. */
  readonly asks: boolean
  /** Names of the primary key's columns, by the table's id. */
  readonly primaryKeys: (table: string) => readonly string[]
}

/**
 * Watches every statement of a data source, whichever way it is made: each query runner that the driver gives gets a `query` of its own. The answer
 * ends that.
 */
export function watchRunners(dataSource: DataSource, watching: Watching): () => void {
  const { driver } = dataSource
  const original = driver.createQueryRunner.bind(driver)
  const watched = new Set<WeakRef<Watched>>()
  const seen = new WeakSet<object>()
  driver.createQueryRunner = (mode) => {
    const runner = original(mode) as unknown as Watched
    if (seen.has(runner)) return runner as unknown as QueryRunner
    seen.add(runner)
    // Only single-connection drivers give one runner for ever; the others' are gone soon.
    if (watched.size < 16) watched.add(new WeakRef(runner))
    watch(runner, watching)
    return runner as unknown as QueryRunner
  }
  return () => {
    Reflect.deleteProperty(driver, 'createQueryRunner')
    for (const reference of watched) {
      const runner = reference.deref()
      if (runner === undefined) continue
      Reflect.deleteProperty(runner, 'query')
      Reflect.deleteProperty(runner, 'stream')
    }
  }
}

function watch(runner: Watched, watching: Watching): void {
  const { watcher } = watching
  const query = runner.query.bind(runner)
  const stream = runner.stream?.bind(runner)
  runner.query = (sql, parameters, structured) => {
    const statements = watcher.reader.read(sql)
    if (watcher.isQuiet(statements)) return query(sql, parameters, structured)
    return change(runner, { query, sql, parameters, structured: structured === true }, watching)
  }
  if (stream === undefined) return
  runner.stream = async (...args) => {
    const [sql, parameters] = args as [string, unknown[] | undefined]
    const statements = watcher.reader.read(sql)
    const result = await stream(...args)
    // Nobody tells when a stream has carried out its statement: what it changes is invalidated as it begins, and as it ends.
    if (!watcher.isQuiet(statements)) {
      const follow = (): Promise<void> =>
        watcher.follow(runner as unknown as QueryRunner, {
          statements,
          parameters: parameters ?? [],
          given: { from: 'event', result: undefined },
        })
      await follow()
      ;(result as NodeJS.ReadableStream).on('close', () => void follow())
    }
    return result
  }
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
  const intent = await strict?.before(known, statements, parameters)
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
