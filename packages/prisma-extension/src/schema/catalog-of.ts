import { Catalog } from '@larder/query-tags'
import type { Column, ColumnKind, Dialect, ForeignKey, Scheme, SchemeOption, Table } from '@larder/query-tags'
import type { SchemaOptions } from '../options/extension-options.ts'
import type { DataModel, Model, ModelField } from './data-model.ts'

const INTEGERS = new Set(['Int', 'BigInt'])

/** What a Prisma schema and the options tell of the database. @throws TypeError for a scheme of fields that do not exist. */
export function catalogOf(dataModel: DataModel, dialect: Dialect, options: SchemaOptions): Catalog {
  const tables = dataModel.models.filter((model) => !model.isView)
  return new Catalog({
    database: options.dbId ?? 'main',
    dialect,
    defaultSchema: options.defaultSchema ?? { postgres: 'public', mysql: 'mysql', sqlite: 'main' }[dialect],
    tables: [...tables.map((model) => tableOf(model, dataModel, { dialect, options })), ...linkTables(dataModel)],
    views: options.views ?? {},
    ...(options.sideEffects === undefined ? {} : { sideEffects: options.sideEffects }),
    ignoredTables: ['_prisma_migrations', ...(options.ignoredTables ?? [])],
    ...(options.functions === undefined ? {} : { functions: options.functions }),
  })
}

function tableOf(
  model: Model,
  dataModel: DataModel,
  how: { readonly dialect: Dialect; readonly options: SchemaOptions },
): Table {
  const own = how.options.models?.[model.name]
  const options = own === false || own === undefined ? {} : own
  const declared = (options.schemes ?? []).map(schemeOf)
  const binary = new Set(declared.flatMap((scheme) => (scheme.collation === 'binary' ? scheme.columns : [])))
  const foreignKeys = dataModel.complete ? keysOf(model, dataModel) : anythingRelated(model, dataModel)
  const scalars = model.fields.filter((field) => field.relation === undefined)
  return {
    ...(model.schema === undefined ? {} : { schema: model.schema }),
    name: model.table,
    columns: scalars.map((field): Column => ({
      name: field.column,
      kind: kindOf(field, { dialect: how.dialect, binary: how.options.text === 'binary' || binary.has(field.name) }),
      computed: options.computed?.includes(field.name) ?? false,
      generated: field.generated,
    })),
    schemes: [
      ...[...model.keys, ...relationKeys(model)].map((fields) => ({ columns: columnsOf(model, fields) })),
      ...declared.map((scheme): Scheme => ({
        columns: columnsOf(model, scheme.columns),
        ...(scheme.use === undefined ? {} : { use: scheme.use }),
      })),
    ],
    foreignKeys,
  }
}

function relationKeys(model: Model): readonly (readonly string[])[] {
  return model.fields.flatMap((field) =>
    (field.relation?.fields.length ?? 0) > 0 ? [field.relation?.fields ?? []] : [],
  )
}

function keysOf(model: Model, { models }: DataModel): readonly ForeignKey[] {
  return model.fields.flatMap((field) => {
    const { relation } = field
    const target = models.find((one) => one.name === field.type)
    if (relation === undefined || relation.fields.length === 0 || target === undefined) return []
    const references = {
      ...(target.schema === undefined ? {} : { schema: target.schema }),
      table: target.table,
      columns: columnsOf(target, relation.references),
    }
    const { onDelete, onUpdate } = relation
    return [{ columns: columnsOf(model, relation.fields), references, onDelete, onUpdate }]
  })
}

/** Without knowledge of foreign keys, a change of one model may change all that are related. */
function anythingRelated(model: Model, { models }: DataModel): readonly ForeignKey[] {
  return model.fields.flatMap((field) => {
    const target = models.find((one) => one.name === field.type)
    if (field.relation === undefined || target === undefined) return []
    const references = { table: target.table, columns: [] }
    return [{ columns: [], references, onDelete: 'cascade', onUpdate: 'cascade' } as const]
  })
}

/** The tables of implicit many-to-many relations: `A` refers to the model whose name comes first. */
function linkTables(dataModel: DataModel): readonly Table[] {
  const tables = new Map<string, Table>()
  for (const model of dataModel.models)
    for (const field of model.fields) {
      const other = dataModel.models.find((one) => one.name === field.type)
      if (field.relation === undefined || other === undefined) continue
      const name = `_${field.relation.name}`
      const back = other.fields.find((one) => one.relation?.name === field.relation?.name && one !== field)
      if (dataModel.complete && !(field.isList && back?.isList === true)) continue
      tables.set(name, linkTable(name, [model, other].sort((a, b) => (a.name < b.name ? -1 : 1)) as [Model, Model]))
    }
  return [...tables.values()]
}

function linkTable(name: string, sides: readonly [Model, Model]): Table {
  const [a, b] = sides
  // Both sides of one model: nobody needs to know which is which, whole tables will do.
  const ids = sides.map((side) => side.fields.find((field) => field.name === side.keys[0]?.[0]))
  const known = a.name !== b.name && ids.every((id) => id !== undefined && INTEGERS.has(id.type))
  const key = (column: string, side: Model, id: ModelField | undefined): ForeignKey => ({
    columns: [column],
    references: {
      ...(side.schema === undefined ? {} : { schema: side.schema }),
      table: side.table,
      columns: id === undefined ? [] : [id.column],
    },
    onDelete: 'cascade',
    onUpdate: 'cascade',
  })
  return {
    ...(a.schema === undefined ? {} : { schema: a.schema }),
    name,
    columns: ['A', 'B'].map((column): Column => ({ name: column, kind: known ? 'integer' : 'opaque' })),
    schemes: [{ columns: ['A', 'B'] }, { columns: ['A'] }, { columns: ['B'] }],
    foreignKeys: [key('A', a, ids[0]), key('B', b, ids[1])],
  }
}

/** How the database compares a field's values. */
function kindOf(field: ModelField, how: { readonly dialect: Dialect; readonly binary: boolean }): ColumnKind {
  const native = field.nativeType?.toLowerCase()
  if (field.isList) return 'opaque'
  if (native === 'uuid') return 'uuid'
  // PostgreSQL's enums are labels; elsewhere they have a collation.
  if (field.isEnum) return how.dialect === 'postgres' || how.binary ? 'binary' : 'opaque'
  if (INTEGERS.has(field.type)) return native === 'oid' || native === 'money' ? 'opaque' : 'integer'
  if (field.type === 'Boolean') return 'boolean'
  if (field.type === 'Bytes') return native === 'binary' ? 'opaque' : 'bytes'
  // Equal although different: text without regard to case, or padded.
  if (native === 'citext' || native === 'char') return 'opaque'
  return field.type === 'String' && how.binary ? 'binary' : 'opaque'
}

function columnsOf(model: Model, fields: readonly string[]): readonly string[] {
  return fields.map((name) => {
    const field = model.fields.find((one) => one.name === name && one.relation === undefined)
    if (field === undefined) throw new TypeError(`models.${model.name}.schemes: the model has no field ${name}`)
    return field.column
  })
}

function schemeOf(option: SchemeOption): Exclude<SchemeOption, readonly string[]> {
  return 'columns' in option ? option : { columns: option }
}
