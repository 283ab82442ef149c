import { StatementReader } from '@larder/query-tags'
import type { Catalog, Query } from '@larder/query-tags'
import type { DataSource, EntityMetadata } from 'typeorm'

/** The names of the tables that a view reads; `undefined` where they are not certain. */
type Behind = readonly string[] | undefined

/**
 * The tables behind the views that entities describe, read from their expressions. A view whose expression cannot be read, or answers differently from
 * time to time, is left out: its queries are not cached. `functions` knows which calls do that.
 */
export function viewTables(dataSource: DataSource, functions: Catalog): Readonly<Record<string, readonly string[]>> {
  const views = dataSource.entityMetadatas.filter((metadata) => metadata.tableType === 'view')
  const read = new Map<string, Behind>()
  for (const view of views) {
    const tables = tablesBehind(dataSource, view, functions)
    const path = view.schema === undefined ? view.tableName : `${view.schema}.${view.tableName}`
    read.set(path, tables)
    // Without its schema, any view of the name may be meant.
    if (path !== view.tableName)
      read.set(view.tableName, read.has(view.tableName) ? together(read.get(view.tableName), tables) : tables)
  }
  const found: Record<string, readonly string[]> = {}
  for (const name of read.keys()) {
    const tables = resolve(name, read, [])
    if (tables !== undefined) found[name] = tables
  }
  return found
}

function together(one: Behind, other: Behind): Behind {
  return one === undefined || other === undefined ? undefined : [...one, ...other]
}

function tablesBehind(dataSource: DataSource, view: EntityMetadata, functions: Catalog): Behind {
  const { expression } = view
  // What a materialized view shows changes when it is refreshed, too, which statements on its own name do.
  if (expression === undefined || view.tableMetadataArgs.materialized === true) return undefined
  const sql = typeof expression === 'string' ? expression : expression(dataSource).getQuery()
  const [statement, ...more] = new StatementReader(functions.dialect).read(sql)
  if (statement?.kind !== 'query' || more.length > 0 || statement.query.refusal !== undefined) return undefined
  return statement.query.functions.every((name) => functions.effectOf(name) === 'steady')
    ? namesIn(statement.query)
    : undefined
}

function namesIn(query: Query): readonly string[] {
  const names = [...query.relations.map((relation) => relation.name), ...query.others]
  return names
    .filter((name) => !query.shadows.has(name.name.text.toLowerCase()))
    .map((name) => (name.schema === undefined ? name.name.text : `${name.schema.text}.${name.name.text}`))
}

/** Views of views become the tables behind both. */
function resolve(name: string, read: ReadonlyMap<string, Behind>, open: readonly string[]): Behind {
  if (!read.has(name)) return [name]
  if (open.includes(name)) return undefined
  const tables: string[] = []
  for (const relation of read.get(name) ?? [undefined]) {
    const behind = relation === undefined ? undefined : resolve(relation, read, [...open, name])
    if (behind === undefined) return undefined
    tables.push(...behind)
  }
  return [...new Set(tables)]
}
