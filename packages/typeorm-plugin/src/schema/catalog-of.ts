import { Catalog } from '@larder/query-tags'
import type { Column, ForeignKey, ReferentialAction, Scheme, SchemeOption, Table } from '@larder/query-tags'
import type { DataSource, EntityMetadata } from 'typeorm'
import type { EntityOptions, WriteOptions } from '../options/install-options.ts'
import { columnKindOf } from './column-kind-of.ts'
import { dialectOf } from './dialect-of.ts'
import type { ColumnMetadata } from './column-kind-of.ts'
import { viewTables } from './view-tables.ts'

/** What TypeORM's metadata and the options tell of the database. @throws TypeError for a scheme of properties that do not exist. */
export function catalogOf(dataSource: DataSource, options: WriteOptions): Catalog {
  const dialect = dialectOf(dataSource)
  const tables = new Map<string, Table>()
  for (const metadata of dataSource.entityMetadatas) {
    if (metadata.tableType === 'view' || metadata.tableType === 'entity-child') continue
    tables.set(metadata.tablePath, tableOf(dataSource, metadata, options))
  }
  return new Catalog({
    database: options.dbId ?? 'main',
    dialect,
    defaultSchema: defaultSchema(dataSource),
    tables: [...tables.values()],
    views: { ...viewTables(dataSource, dialect), ...options.views },
    ...(options.sideEffects === undefined ? {} : { sideEffects: options.sideEffects }),
    ignoredTables: ['migrations', 'typeorm_metadata', 'query-result-cache', ...(options.ignoredTables ?? [])],
    ...(options.functions === undefined ? {} : { functions: options.functions }),
  })
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
  const own = entityOptions(metadata, options)
  const declared = (own?.schemes ?? []).map(schemeOf)
  const vouched = new Set(declared.flatMap((scheme) => (scheme.collation === 'binary' ? scheme.columns : [])))
  const computed = new Set((own?.computed ?? []).flatMap((name) => columnsOf(metadata, name)))
  // Entities of one table by single-table inheritance have columns of their own in it.
  const columns = new Map(metadata.columns.map((column) => [column.databaseName, column]))
  for (const child of metadata.childEntityMetadatas)
    for (const column of child.columns) columns.set(column.databaseName, column)
  const schema = dialect === 'mysql' ? metadata.database : metadata.schema
  return {
    ...(schema === undefined ? {} : { schema }),
    name: metadata.tableName,
    columns: [...columns.values()].map((column): Column => ({
      name: column.databaseName,
      kind: columnKindOf(column, { dataSource, dialect, binary: vouched.has(column.propertyPath) }),
      computed: column.asExpression !== undefined || computed.has(column),
      generated: column.isGenerated && column.generationStrategy !== 'uuid',
    })),
    schemes: [...keysOf(metadata), ...declared.map((scheme) => declaredScheme(metadata, scheme))],
    foreignKeys: metadata.foreignKeys.map((key): ForeignKey => ({
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

/** The options of an entity, or of the entity whose table it shares. */
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
    ...metadata.childEntityMetadatas.flatMap((child) => child.foreignKeys.map((key) => key.columns)),
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
