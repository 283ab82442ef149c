import type { DMMF } from '@prisma/generator-helper'
import type { DataModel, Model, ModelField } from './data-model.ts'
import { referentialAction } from './referential-action.ts'

/** What Prisma itself says of a schema, as it tells generators. */
export function fromDmmf(datamodel: DMMF.Datamodel, views: ReadonlySet<string> = new Set()): DataModel {
  return { models: datamodel.models.map((model) => modelOf(model, views)), complete: true }
}

function modelOf(model: DMMF.Model, views: ReadonlySet<string>): Model {
  const { fields, primaryKey, uniqueFields } = model
  const marked = (wanted: (field: DMMF.Field) => boolean): readonly (readonly string[])[] =>
    fields.filter(wanted).map((field) => [field.name])
  return {
    name: model.name,
    table: model.dbName ?? model.name,
    schema: model.schema ?? undefined,
    isView: views.has(model.name),
    fields: fields.map(fieldOf),
    keys: [
      ...marked((field) => field.isId),
      ...(primaryKey === null ? [] : [primaryKey.fields]),
      ...marked((field) => field.isUnique),
      ...uniqueFields,
    ],
  }
}

function fieldOf(field: DMMF.Field): ModelField {
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
