import type { ClientInternals, RuntimeDataModel } from '../prisma/client-internals.ts'
import type { DataModel, Model, ModelField } from './data-model.ts'
import { parseSchema } from './parse-schema.ts'

/** What is known of a client's schema: what it was given, else the text that it carries, else only which models are related. @throws TypeError if it tells nothing at all. */
export function dataModelOf(client: ClientInternals, given: DataModel | undefined): DataModel {
  if (given !== undefined) return given
  const runtime = client._runtimeDataModel
  if (runtime === undefined)
    throw new TypeError(
      'schema is needed: this version of Prisma does not tell its models. Use the generator larder-prisma',
    )
  return fromText(client._engineConfig?.inlineSchema, runtime) ?? fromRuntime(runtime)
}

/** The parsed text, if it agrees with what the client knows of itself. */
function fromText(text: unknown, runtime: RuntimeDataModel): DataModel | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  let parsed: DataModel
  try {
    parsed = parseSchema(text)
  } catch {
    return undefined
  }
  const models = parsed.models.map((model) => named(model, runtime))
  if (models.length !== Object.keys(runtime.models).length || models.includes(undefined)) return undefined
  return { models: models as readonly Model[], complete: true }
}

/** A parsed model with the names of its relations; `undefined` if the client knows another model by that name. */
function named(model: Model, runtime: RuntimeDataModel): Model | undefined {
  const known = runtime.models[model.name]
  if (known === undefined || (known.dbName ?? model.name) !== model.table) return undefined
  const fields = model.fields.map((field): ModelField | undefined => {
    const same = known.fields.find((one) => one.name === field.name)
    if (same === undefined) return field.type.startsWith('Unsupported') ? field : undefined
    if (same.type !== field.type || (same.dbName ?? same.name) !== field.column) return undefined
    return field.relation === undefined
      ? field
      : { ...field, relation: { ...field.relation, name: same.relationName ?? '' } }
  })
  const all = known.fields.every((one) => model.fields.some((field) => field.name === one.name))
  return !all || fields.includes(undefined) ? undefined : { ...model, fields: fields as readonly ModelField[] }
}

function fromRuntime(runtime: RuntimeDataModel): DataModel {
  const models = Object.entries(runtime.models).map(([name, model]): Model => ({
    name,
    table: model.dbName ?? name,
    schema: model.schema ?? undefined,
    isView: false,
    keys: [],
    fields: model.fields.map((field): ModelField => ({
      name: field.name,
      column: field.dbName ?? field.name,
      type: field.type,
      isList: false,
      // What the database calls its values is not known: they are not told apart.
      isEnum: false,
      generated: false,
      relation:
        field.kind === 'object'
          ? { name: field.relationName ?? '', fields: [], references: [], onDelete: 'cascade', onUpdate: 'cascade' }
          : undefined,
    })),
  }))
  return { models, complete: false }
}
