import type { DMMF } from '@prisma/generator-helper'
import type { DataModel, Model, ModelField } from './data-model.ts'
import { referentialAction } from './referential-action.ts'

/** What Prisma itself says of a schema, as it tells generators. */
export function fromDmmf(datamodel: DMMF.Datamodel, views: ReadonlySet<string> = new Set()): DataModel {
  const mapped = new Map(datamodel.enums.map((one) => [one.name, mappedValues(one)]))
  return { models: datamodel.models.map((model) => modelOf(model, { views, mapped })), complete: true }
}

/** What is known of the schema beside its models. */
interface Beside {
  readonly views: ReadonlySet<string>
  readonly mapped: ReadonlyMap<string, ModelField['mapped']>
}

function mappedValues({ values }: DMMF.DatamodelEnum): ModelField['mapped'] {
  const mapped = values.flatMap(({ name, dbName }) =>
    dbName === null || dbName === undefined ? [] : [[name, dbName] as const],
  )
  return mapped.length === 0 ? undefined : Object.fromEntries(mapped)
}

function modelOf(model: DMMF.Model, { views, mapped }: Beside): Model {
  const { fields, primaryKey, uniqueFields } = model
  const marked = (wanted: (field: DMMF.Field) => boolean): readonly (readonly string[])[] =>
    fields.filter(wanted).map((field) => [field.name])
  return {
    name: model.name,
    table: model.dbName ?? model.name,
    schema: model.schema ?? undefined,
    isView: views.has(model.name),
    fields: fields.map((field) => fieldOf(field, mapped)),
    keys: [
      ...marked((field) => field.isId),
      ...(primaryKey === null ? [] : [primaryKey.fields]),
      ...marked((field) => field.isUnique),
      ...uniqueFields,
    ],
  }
}

function fieldOf(field: DMMF.Field, mapped: Beside['mapped']): ModelField {
  const { relationName, relationFromFields, relationToFields } = field
  const { onDelete, onUpdate } = field as { readonly onDelete?: string; readonly onUpdate?: string }
  const fallback = field.default as { readonly name?: string } | undefined
  return {
    name: field.name,
    column: field.dbName ?? field.name,
    type: field.type,
    isList: field.isList,
    nativeType: field.nativeType?.[0],
    isEnum: field.kind === 'enum',
    mapped: field.kind === 'enum' ? mapped.get(field.type) : undefined,
    generated: typeof fallback === 'object' && fallback?.name === 'autoincrement',
    relation:
      field.kind === 'object' && relationName !== undefined
        ? {
            name: relationName,
            fields: relationFromFields ?? [],
            references: relationToFields ?? [],
            onDelete: referentialAction(onDelete ?? field.relationOnDelete, field.isRequired ? 'none' : 'set null'),
            onUpdate: referentialAction(onUpdate ?? field.relationOnUpdate, 'cascade'),
          }
        : undefined,
  }
}
