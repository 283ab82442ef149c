import type { DataSource } from 'typeorm'
import type { Builder, BuilderMethods } from './builder.ts'
import { sourceOf } from './builder.ts'
import type { QueryReader } from './query-reader.ts'

/** Readers by data source: one class of builders serves all of a process. */
const readers = new WeakMap<DataSource, QueryReader>()
const patched = new WeakMap<object, { readonly original: BuilderMethods; users: number }>()

/**
 * Lets a reader answer the queries of a data source. The class of its builders is changed, for as long as one data source needs it; the others'
 * queries are not touched. The answer ends that.
 * @throws TypeError if this version of TypeORM has not what it takes.
 */
export function patchBuilder(dataSource: DataSource, reader: QueryReader): () => void {
  // The instance's own class: there may be several copies of TypeORM in one process.
  const prototype = Object.getPrototypeOf(dataSource.createQueryBuilder()) as BuilderMethods
  const methods = ['loadRawResults', 'executeExistsQuery', 'executeEntitiesAndRawResults'] as const
  for (const name of methods)
    if (typeof prototype[name] !== 'function')
      throw new TypeError(
        `@larder/typeorm-plugin does not work with this version of TypeORM: SelectQueryBuilder has no ${name}`,
      )
  readers.set(dataSource, reader)
  const known = patched.get(prototype)
  if (known === undefined) patch(prototype)
  else known.users++
  return () => {
    readers.delete(dataSource)
    const state = patched.get(prototype)
    if (state === undefined || --state.users > 0) return
    Object.assign(prototype, state.original)
    patched.delete(prototype)
  }
}

function patch(prototype: BuilderMethods): void {
  const { loadRawResults, executeExistsQuery, executeEntitiesAndRawResults } = prototype
  const original: BuilderMethods = { loadRawResults, executeExistsQuery, executeEntitiesAndRawResults }
  const replaced: BuilderMethods = {
    loadRawResults(runner) {
      const reader = readers.get(sourceOf(this))
      return reader === undefined ? original.loadRawResults.call(this, runner) : reader.read(this, runner, original)
    },
    // Its query is built anew, without the cache option of this one.
    executeExistsQuery(runner) {
      return inFrame(this, () => original.executeExistsQuery.call(this, runner))
    },
    // Queries for relations are made by other builders, without it as well.
    executeEntitiesAndRawResults(runner) {
      return inFrame(this, () => original.executeEntitiesAndRawResults.call(this, runner))
    },
  }
  Object.assign(prototype, replaced)
  patched.set(prototype, { original, users: 1 })
}

function inFrame<R>(builder: Builder, run: () => Promise<R>): Promise<R> {
  const reader = readers.get(sourceOf(builder))
  return reader === undefined ? run() : reader.inFrameOf(builder, run)
}
