import { StatementReader } from '@larder/query-tags'
import type { Dialect, Query } from '@larder/query-tags'
import type { DataSource, EntityMetadata } from 'typeorm'

/** The tables behind the views that entities describe, read from their expressions. A view whose expression cannot be read is left out: its queries are not cached. */
export function viewTables(dataSource: DataSource, dialect: Dialect): Readonly<Record<string, readonly string[]>> {
  const views = dataSource.entityMetadatas.filter((metadata) => metadata.tableType === 'view')
  const read = new Map<string, readonly string[] | undefined>()
  for (const view of views) read.set(view.tableName, relationsOf(dataSource, view, dialect))
  const found: Record<string, readonly string[]> = {}
  for (const view of views) {
    const tables = resolve(view.tableName, read, [])
    // What a materialized view shows changes when it is refreshed, too, which statements on its own name do.
    if (tables !== undefined && view.tableMetadataArgs.materialized !== true) found[view.tableName] = tables
  }
  return found
}

function relationsOf(dataSource: DataSource, view: EntityMetadata, dialect: Dialect): readonly string[] | undefined {
  const { expression } = view
  if (expression === undefined) return undefined
  const sql = typeof expression === 'string' ? expression : expression(dataSource).getQuery()
  const [statement, ...more] = new StatementReader(dialect).read(sql)
  if (statement?.kind !== 'query' || more.length > 0 || statement.query.refusal !== undefined) return undefined
  return namesIn(statement.query)
}

function namesIn(query: Query): readonly string[] {
  const names = [...query.relations.map((relation) => relation.name), ...query.others]
  return names
    .filter((name) => !query.shadows.has(name.name.text.toLowerCase()))
    .map((name) => (name.schema === undefined ? name.name.text : `${name.schema.text}.${name.name.text}`))
}

/** Views of views become the tables behind both. */
function resolve(
  name: string,
  read: ReadonlyMap<string, readonly string[] | undefined>,
  open: readonly string[],
): readonly string[] | undefined {
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
