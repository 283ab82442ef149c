import { Catalog } from '@larder/query-tags'
import type { Column, ForeignKey, ReferentialAction, Scheme, SchemeOption, Table } from '@larder/query-tags'
import type { DataSource, EntityMetadata } from 'typeorm'
import type { EntityOptions, WriteOptions } from '../options/install-options.ts'
import { columnKindOf } from './column-kind-of.ts'
import { dialectOf } from './dialect-of.ts'
import type { ColumnMetadata } from './column-kind-of.ts'
import { mergedTable } from './merged-table.ts'
import { viewTables } from './view-tables.ts'

/** What TypeORM's metadata and the options tell of the database. @throws TypeError for a scheme of properties that do not exist. */
export function catalogOf(dataSource: DataSource, options: WriteOptions): Catalog {
  const dialect = dialectOf(dataSource)
  const declared = options.functions === undefined ? {} : { functions: options.functions }
  const functions = new Catalog({ database: 'none', dialect, defaultSchema: 'none', tables: [], ...declared })
  const tables = new Map<string, Table>()
  for (const metadata of dataSource.entityMetadatas) {
    if (metadata.tableType === 'view' || metadata.tableType === 'entity-child') continue
    const table = tableOf(dataSource, metadata, options)
    const name = `${table.schema ?? defaultSchema(dataSource)}.${table.name}`
    const other = tables.get(name)
    tables.set(name, other === undefined ? table : mergedTable(other, table))
  }
  const catalog = new Catalog({
    database: options.dbId ?? 'main',
    dialect,
    defaultSchema: defaultSchema(dataSource),
    tables: [...tables.values()],
    views: { ...viewTables(dataSource, functions), ...options.views },
    ...(options.sideEffects === undefined ? {} : { sideEffects: options.sideEffects }),
    ignoredTables: ['migrations', 'typeorm_metadata', 'query-result-cache', ...(options.ignoredTables ?? [])],
    ...declared,
  })
  checkNames(catalog, options)
  return catalog
}

/** @throws TypeError for a name of a table that no entity has: what it stands for would be missed. */
function checkNames(catalog: Catalog, { sideEffects = {}, functions = {} }: WriteOptions): void {
  const check = (option: string, names: readonly string[]): void => {
    for (const name of names)
      if (catalog.named(name).length === 0) throw new TypeError(`${option}: no entity has a table ${name}`)
  }
  for (const [name, effects] of Object.entries(sideEffects)) check(`sideEffects.${name}`, [name, ...effects])
  for (const [name, effects] of Object.entries(functions)) if (effects !== 'steady') check(`functions.${name}`, effects)
}

/** The schema of names that have none. */
export function defaultSchema(dataSource: DataSource): string {
  const { driver } = dataSource
  const dialect = dialectOf(dataSource)
  switch (dialect) {
    case 'postgres':
      return driver.schema ?? 'public'
    case 'mysql':
      return driver.database ?? 'mysql'
    case 'sqlite':
      return 'main'
    default:
      return dialect satisfies never
  }
}

function tableOf(dataSource: DataSource, metadata: EntityMetadata, options: WriteOptions): Table {
  const dialect = dialectOf(dataSource)
  // Entities of one table by single-table inheritance have columns, keys and options of their own.
  const sharing = [metadata, ...metadata.childEntityMetadatas.filter((child) => child.tableType === 'entity-child')]
  const declared = sharing.flatMap((one) =>
    (entityOptions(one, options)?.schemes ?? []).map((scheme) => ({ of: one, scheme: schemeOf(scheme) })),
  )
  const vouched = new Set(declared.flatMap(({ scheme }) => (scheme.collation === 'binary' ? scheme.columns : [])))
  const computed = new Set(
    sharing.flatMap((one) =>
      (entityOptions(one, options)?.computed ?? [])
        .flatMap((name) => columnsOf(one, name))
        .map((column) => column.databaseName),
    ),
  )
  const columns = new Map(sharing.flatMap((one) => one.columns.map((column) => [column.databaseName, column])))
  const schema = dialect === 'mysql' ? metadata.database : metadata.schema
  return {
    ...(schema === undefined ? {} : { schema }),
    name: metadata.tableName,
    columns: [...columns.values()].map((column): Column => ({
      name: column.databaseName,
      kind: columnKindOf(column, { dataSource, dialect, binary: vouched.has(column.propertyPath) }),
      computed: column.asExpression !== undefined || computed.has(column.databaseName),
      generated: column.isGenerated && column.generationStrategy !== 'uuid',
    })),
    schemes: [...sharing.flatMap(keysOf), ...declared.map(({ of, scheme }) => declaredScheme(of, scheme))],
    foreignKeys: sharing
      .flatMap((one) => one.foreignKeys)
      .map((key): ForeignKey => ({
        columns: key.columns.map((column) => column.databaseName),
        references: {
          ...(dialect === 'sqlite' ? {} : referencedSchema(dialect, key.referencedEntityMetadata)),
          table: key.referencedEntityMetadata.tableName,
          columns: key.referencedColumns.map((column) => column.databaseName),
        },
        onDelete: actionOf(key.onDelete),
        onUpdate: actionOf(key.onUpdate),
      })),
  }
}

/** The options of an entity that may be cached. */
function entityOptions(metadata: EntityMetadata, options: WriteOptions): EntityOptions | undefined {
  const own = options.entities?.[metadata.name]
  return own === false ? undefined : own
}

function referencedSchema(dialect: 'postgres' | 'mysql', metadata: EntityMetadata): { readonly schema?: string } {
  const schema = dialect === 'mysql' ? metadata.database : metadata.schema
  return schema === undefined ? {} : { schema }
}

/** Primary key, unique keys, foreign keys, and each of the columns of a key of several that refers elsewhere. */
function keysOf(metadata: EntityMetadata): readonly Scheme[] {
  const unique = metadata.indices.filter((index) => index.isUnique && index.where === undefined)
  const keys = [
    metadata.primaryColumns,
    ...metadata.uniques.map((one) => one.columns),
    ...unique.map((index) => index.columns),
    ...metadata.foreignKeys.map((key) => key.columns),
  ]
  return keys.map((columns) => ({ columns: columns.map((column) => column.databaseName) }))
}

function declaredScheme(metadata: EntityMetadata, scheme: Exclude<SchemeOption, readonly string[]>): Scheme {
  const columns = scheme.columns.flatMap((name) => {
    const found = columnsOf(metadata, name)
    if (found.length === 0) throw new TypeError(`entities.${metadata.name}.schemes: there is no property ${name}`)
    return found.map((column) => column.databaseName)
  })
  return { columns, use: scheme.use !== false }
}

function columnsOf(metadata: EntityMetadata, property: string): readonly ColumnMetadata[] {
  return metadata.findColumnsWithPropertyPath(property)
}

function schemeOf(option: SchemeOption): Exclude<SchemeOption, readonly string[]> {
  return Array.isArray(option)
    ? { columns: option as readonly string[] }
    : (option as Exclude<SchemeOption, readonly string[]>)
}

function actionOf(action: string | undefined): ReferentialAction {
  switch (action ?? '') {
    case 'CASCADE':
      return 'cascade'
    case 'SET NULL':
      return 'set null'
    case 'SET DEFAULT':
      return 'set default'
    default:
      return 'none'
  }
}
