import type { Catalog, KnownTable } from '@larder/query-tags'
import { canonicalValue } from '@larder/query-tags'
import type { DataModel, Model, ModelField } from './data-model.ts'

/** The models of a schema with the tables behind them. */
export class ModelMap {
  readonly catalog: Catalog
  /** Whether keys and referential actions are known. */
  readonly complete: boolean
  readonly #models: ReadonlyMap<string, Model>
  readonly #fields = new Map<string, ReadonlyMap<string, ModelField>>()
  readonly #tables = new Map<string, KnownTable>()

  constructor(dataModel: DataModel, catalog: Catalog) {
    this.catalog = catalog
    this.complete = dataModel.complete
    this.#models = new Map(dataModel.models.map((model) => [model.name, model]))
    for (const model of dataModel.models) {
      this.#fields.set(model.name, new Map(model.fields.map((field) => [field.name, field])))
      const [table] = catalog.named(model.schema === undefined ? model.table : `${model.schema}.${model.table}`)
      if (table !== undefined) this.#tables.set(model.name, table)
    }
  }

  /** All models. */
  get models(): readonly Model[] {
    return [...this.#models.values()]
  }

  /** The model of that name. @throws TypeError if there is none. */
  model(name: string): Model {
    const model = this.#models.get(name) ?? this.models.find((one) => one.name.toLowerCase() === name.toLowerCase())
    if (model === undefined) throw new TypeError(`the Prisma schema has no model ${name}`)
    return model
  }

  /** A field of a model, if it has one of that name. */
  field(model: Model, name: string): ModelField | undefined {
    return this.#fields.get(model.name)?.get(name)
  }

  /** The model that a relation leads to. */
  target(field: ModelField): Model {
    return this.model(field.type)
  }

  /** The table of a model; a view has none. */
  table(model: Model): KnownTable | undefined {
    return this.#tables.get(model.name)
  }

  /** The tables whose rows a model shows: its own, or those behind a view. `undefined` for a view of which nobody knows. */
  tables(model: Model): readonly KnownTable[] | undefined {
    const table = this.table(model)
    if (table !== undefined) return [table]
    const quoted = { text: model.table, quoted: true }
    const schema = model.schema === undefined ? undefined : { text: model.schema, quoted: true }
    const behind = this.catalog.view({ schema, name: quoted })?.map((name) => this.catalog.named(name))
    return behind === undefined || behind.some((tables) => tables.length === 0) ? undefined : behind.flat()
  }

  /** The other side of a relation. */
  inverse(model: Model, field: ModelField): ModelField | undefined {
    const self = field.type === model.name
    return this.target(field).fields.find(
      (other) =>
        other.relation?.name === field.relation?.name &&
        other.type === model.name &&
        (!self || other.name !== field.name),
    )
  }

  /** The table between the two models of an implicit many-to-many relation; without knowledge of the schema, of any relation. */
  linkTable(model: Model, field: ModelField): KnownTable | undefined {
    if (field.relation === undefined || (this.complete && !this.isManyToMany(model, field))) return undefined
    return this.catalog.named(`_${field.relation.name}`)[0]
  }

  isManyToMany(model: Model, field: ModelField): boolean {
    return field.isList && this.inverse(model, field)?.isList === true
  }

  /** The name that the catalog has for a field's column. */
  column(model: Model, field: string): string | undefined {
    const column = this.field(model, field)?.column
    return column === undefined || this.catalog.dialect === 'postgres' ? column : column.toLowerCase()
  }

  /** The canonical form of a field's value, if it has one. */
  canonical(model: Model, field: string, value: unknown): string | undefined {
    const column = this.column(model, field)
    const kind = column === undefined ? undefined : this.table(model)?.columns.get(column)?.kind
    if (kind === undefined || value === undefined) return undefined
    const mapped = this.field(model, field)?.mapped
    const stored =
      typeof value === 'string' && mapped !== undefined && Object.hasOwn(mapped, value) ? mapped[value] : value
    return canonicalValue(stored, kind)
  }
}
