import { cached } from '@larder/core'
import type { Cache, CallOptions } from '@larder/core'
import { lateTags, tableTag } from '@larder/query-tags'
import type { Commits, Observer } from '@larder/query-tags'
import type { DataSource, QueryRunner } from 'typeorm'
import type { InstallOptions } from '../options/install-options.ts'
import { packRows, unpackRows } from '../rows/packed-rows.ts'
import type { PackedRows, Prototypes, Row } from '../rows/packed-rows.ts'
import type { Connections } from '../write/connections.ts'
import type { Builder, BuilderMethods } from './builder.ts'
import { bypassOf } from './bypass-of.ts'
import { noCache, withCache } from './cache-context.ts'
import { cachingOf } from './caching-of.ts'
import type { Caching } from './caching-of.ts'
import type { QueryPlan } from './query-plan.ts'
import type { QueryPlanner } from './query-planner.ts'

/** What a query's own run came to. */
type Ran = { readonly kind: 'rows'; readonly rows: Row[] } | { readonly kind: 'error'; readonly error: unknown }

/** What a reader works with. */
export interface ReaderParts {
  readonly dataSource: DataSource
  readonly cache: Cache<PackedRows>
  readonly planner: QueryPlanner
  readonly connections: Connections
  readonly commits: Commits
  readonly options: InstallOptions
  readonly prototypes: Prototypes
  readonly observer: Observer
}

/** Waiting for a query that another process runs is worth about as much as running it. The database's own limits end a query that hangs. */
const TIMEOUTS = Object.freeze({ hard: 'forever' } as const)

/** Answers the queries of builders from the cache, with rows as the driver gives them: entities are made of them anew for each caller. */
export class QueryReader {
  readonly #parts: ReaderParts

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  /** The rows of a builder's query. One that is not to be cached costs no promise more than without the plugin. */
  read(builder: Builder, runner: QueryRunner, original: BuilderMethods): Promise<Row[]> {
    const caching = cachingOf(builder, this.#parts.options)
    return caching === undefined
      ? original.loadRawResults.call(builder, runner)
      : this.#cached(builder, runner, caching)
  }

  async #cached(builder: Builder, runner: QueryRunner, caching: Caching): Promise<Row[]> {
    const { connections, observer, planner } = this.#parts
    const [sql, parameters] = builder.getQueryAndParameters()
    const directly = (why: string): Promise<Row[]> => {
      observer.tell({ kind: 'bypass', why })
      return run(runner, sql, parameters)
    }
    const bypass = bypassOf(builder, { connections, runner })
    if (bypass !== undefined) return directly(bypass)
    const planned = planner.plan(sql, parameters, caching)
    return planned.kind === 'bypass' ? directly(planned.why) : this.#readThrough(planned.plan, runner)
  }

  /** Runs what a builder runs for its relations, or for its existence, under the builder's own decision. */
  inFrameOf<R>(builder: Builder, work: () => Promise<R>): Promise<R> {
    const { cache, mainAlias } = builder.expressionMap
    const caching = cachingOf(builder, this.#parts.options)
    if (caching !== undefined) return withCache(caching, work)
    const never = mainAlias?.hasMetadata === true && this.#parts.options.entities?.[mainAlias.metadata.name] === false
    return cache === false || never ? noCache(work) : work()
  }

  async #readThrough(plan: QueryPlan, runner: QueryRunner): Promise<Row[]> {
    const { cache, observer, prototypes } = this.#parts
    let ran: Ran | undefined
    let waiting = true
    const load = async (): Promise<PackedRows | undefined | ReturnType<typeof cached<PackedRows>>> => {
      try {
        const { rows, keep } = await this.#load(plan, waiting ? runner : undefined)
        ran = { kind: 'rows', rows }
        if (keep !== undefined) {
          observer.tell({ kind: 'not-kept', key: plan.key, why: keep })
          return undefined
        }
      } catch (error) {
        ran = { kind: 'error', error }
        throw error
      }
      const packed = packRows(ran.rows, prototypes)
      if (packed === undefined) observer.tell({ kind: 'not-kept', key: plan.key, why: 'its rows hold more than data' })
      return packed === undefined ? undefined : cached(packed, { tags: lateTags(plan.late, packed.rows) })
    }
    try {
      const packed = (await cache.readThrough(plan.key, load as () => Promise<PackedRows>, callOptions(plan))) as
        PackedRows | undefined
      observer.tell({ kind: ran === undefined && packed !== undefined ? 'hit' : 'miss', key: plan.key })
      if (packed !== undefined) return unpackRows(packed, prototypes)
    } catch (error) {
      // What went wrong in the cache, or for another caller of the same query, is no reason to fail this one.
      observer.tell({ kind: 'miss', key: plan.key })
      if (ran === undefined) observer.fail(error)
    } finally {
      waiting = false
    }
    return outcome(ran) ?? run(runner, plan.sql, plan.parameters)
  }

  /** Runs the query. `keep` says why its answer must not be kept. */
  async #load(
    plan: QueryPlan,
    given: QueryRunner | undefined,
  ): Promise<{ readonly rows: Row[]; readonly keep: string | undefined }> {
    const { commits, dataSource, connections } = this.#parts
    const tags = [...plan.tags, ...plan.late.map(({ table }) => tableTag(table))]
    const isIntended = await commits.isIntended(tags)
    const mode = given?.getReplicationMode() ?? 'slave'
    const lagging = mode === 'slave' && (await commits.isLagging(tags))
    // Behind an answered caller its runner is released; and what a replica says may be older than the write just seen.
    const runner = given === undefined || lagging ? dataSource.createQueryRunner(lagging ? 'master' : mode) : given
    try {
      const rows = await run(runner, plan.sql, plan.parameters)
      if (isIntended) return { rows, keep: 'a change of its tables is about to be committed' }
      return {
        rows,
        keep: connections.isPrivate(runner) ? 'its connection was in a transaction, or altered' : undefined,
      }
    } finally {
      if (runner !== given) await runner.release()
    }
  }
}

async function run(runner: QueryRunner, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
  const query = runner.query.bind(runner) as (
    sql: string,
    parameters: readonly unknown[],
    structured: boolean,
  ) => Promise<{ readonly records: Row[] }>
  return (await query(sql, parameters, true)).records
}

/** The rows of this caller's own run; throws its own error. */
function outcome(ran: Ran | undefined): Row[] | undefined {
  if (ran?.kind === 'error') throw ran.error
  return ran?.rows
}

function callOptions({ caching, tags }: QueryPlan): CallOptions {
  const { ttl, grace, jitter } = caching
  return { ttl, jitter, tags, timeouts: TIMEOUTS, waitForLoad: '500ms', ...(grace === undefined ? {} : { grace }) }
}
