import type { SeededRandom } from '@larder/testing'
import type { DataModel, Model, ModelField } from '../src/index.ts'

type Args = Record<string, unknown>

const UUIDS = ['a', 'b', 'c', 'd'].map((digit) => `${digit.repeat(8)}-${digit.repeat(4)}-4000-8000-${digit.repeat(12)}`)
const TEXTS = ['a', 'B', 'b:1', 'x&y=2,3', '']
const LINKS: readonly string[] = [
  'create',
  'connect',
  'connectOrCreate',
  'disconnect',
  'set',
  'update',
  'upsert',
  'delete',
]
const NEW: readonly string[] = ['create', 'connect', 'connectOrCreate']
const NEEDED: readonly string[] = [...NEW, 'update', 'upsert']
const MANY = ['createMany', 'updateMany', 'deleteMany'] as const

/** Random queries and changes, in whatever shape the models allow. Few values, so that they meet. */
export class RandomShapes {
  readonly #models: readonly Model[]
  readonly #random: SeededRandom

  constructor(model: DataModel, random: SeededRandom) {
    this.#models = model.models.filter(({ isView }) => !isView)
    this.#random = random
  }

  /** A read. All lists are in an order, so that they can be compared. */
  read(): { readonly model: string; readonly operation: string; readonly args: Args } {
    const model = this.#one(this.#models)
    const operation = this.#one([
      ...['findUnique', 'findMany', 'findMany', 'findMany', 'findFirst'],
      ...['count', 'aggregate', 'groupBy'],
    ])
    return { model: property(model), operation, args: this.#readArgs(model, operation) }
  }

  /** A change: an operation of a model, or raw SQL. */
  write(): { readonly model: string; readonly operation: string; readonly args: Args } | { readonly sql: string } {
    if (this.#chance(0.1)) return { sql: this.#sql() }
    const model = this.#one(this.#models)
    const operation = this.#one([
      ...['create', 'create', 'create', 'create', 'update', 'update', 'update', 'update', 'upsert', 'upsert', 'upsert'],
      ...['createMany', 'createMany', 'createManyAndReturn', 'updateMany', 'updateManyAndReturn'],
      ...(this.#chance(0.3) ? ['delete', 'deleteMany'] : []),
    ])
    return { model: property(model), operation, args: this.#writeArgs(model, operation) }
  }

  below(count: number): number {
    return Math.floor(this.#random.fraction() * count)
  }

  chance(share: number): boolean {
    return this.#chance(share)
  }

  #readArgs(model: Model, operation: string): Args {
    const shown = this.#shown(model, 2)
    const all = { ...shown, ...this.#strategy(shown) }
    if (operation === 'findUnique') return { where: this.#unique(model), ...all }
    const where = this.#chance(0.8) ? { where: this.#where(model, 2) } : {}
    const some = this.#scalars(model).filter((field) => field.type === 'Int')
    const field = this.#one(some.length > 0 ? some : this.#scalars(model)).name
    switch (operation) {
      case 'count':
        return { ...where, ...(this.#chance(0.3) ? { select: { _all: true, [field]: true } } : {}) }
      case 'aggregate':
        return {
          ...where,
          _count: true,
          _min: { [field]: true },
          ...(some.length > 0 ? { _sum: { [field]: true } } : {}),
        }
      case 'groupBy':
        return {
          ...where,
          by: [field],
          _count: true,
          orderBy: { [field]: 'asc' },
          ...(this.#chance(0.3) ? { having: { [field]: { _count: { gte: 1 } } } } : {}),
        }
      case 'findFirst':
        return { ...where, ...this.#list(model), take: 1, ...all }
      default:
        return { ...where, ...this.#list(model), ...all }
    }
  }

  /** Order and limits of a list. */
  #list(model: Model): Args {
    const own = [...(model.keys[0] ?? [])].map((name) => ({ [name]: 'asc' }))
    const first = this.#chance(0.4) ? [this.#order(model)] : []
    return {
      orderBy: [...first, ...own],
      ...(this.#chance(0.3) ? { take: this.#one([1, 2, -1, 3]) } : {}),
      ...(this.#chance(0.15) ? { skip: 1 } : {}),
      ...(this.#chance(0.15) ? { cursor: this.#unique(model) } : {}),
      ...(this.#chance(0.15) && first.length === 0 ? { distinct: [this.#one(this.#comparable(model)).name] } : {}),
    }
  }

  #order(model: Model): Args {
    const direction = this.#one(['asc', 'desc'])
    const field = this.#one(model.fields.filter((one) => !['Json', 'Bytes'].includes(one.type) && !isArray(one)))
    if (field.relation === undefined) return { [field.name]: direction }
    if (field.isList) return { [field.name]: { _count: direction } }
    return { [field.name]: { [this.#one(this.#comparable(this.#target(field))).name]: direction } }
  }

  /** Whether the database joins what is shown, or Prisma does. */
  #strategy(shown: Args): Args {
    const hasRelations = 'include' in shown || 'select' in shown
    return hasRelations && this.#chance(0.6) ? { relationLoadStrategy: this.#one(['join', 'query']) } : {}
  }

  /** What is shown of a row: all of it, some fields, less, or relations too. */
  #shown(model: Model, depth: number): Args {
    const relations = model.fields.filter((field) => field.relation !== undefined)
    const kind = this.#random.fraction()
    if (depth === 0 || relations.length === 0 || kind < 0.3)
      return kind < 0.1 ? { omit: { [this.#one(this.#scalars(model)).name]: true } } : {}
    const chosen: Args = {}
    for (const field of relations) if (this.#chance(0.5)) chosen[field.name] = this.#inner(field, depth)
    const lists = relations.filter((field) => field.isList)
    if (lists.length > 0 && this.#chance(0.4))
      chosen['_count'] = this.#chance(0.5) ? true : this.#counted(this.#one(lists))
    if (Object.keys(chosen).length === 0) return {}
    return kind < 0.7 ? { include: chosen } : { select: { [this.#one(this.#scalars(model)).name]: true, ...chosen } }
  }

  #counted(field: ModelField): Args {
    return { select: { [field.name]: this.#chance(0.5) || { where: this.#where(this.#target(field), 1) } } }
  }

  #inner(field: ModelField, depth: number): unknown {
    const target = this.#target(field)
    const shown = this.#shown(target, depth - 1)
    if (!field.isList) return Object.keys(shown).length === 0 ? true : shown
    return { ...this.#list(target), ...(this.#chance(0.3) ? { where: this.#where(target, 1) } : {}), ...shown }
  }

  #where(model: Model, depth: number): Args {
    const kind = this.#random.fraction()
    if (depth > 0 && kind < 0.12) return { OR: [this.#where(model, depth - 1), this.#where(model, depth - 1)] }
    if (depth > 0 && kind < 0.2) return { AND: [this.#where(model, depth - 1), this.#where(model, depth - 1)] }
    if (depth > 0 && kind < 0.26) return { NOT: this.#where(model, depth - 1) }
    const where: Args = {}
    for (let terms = this.#one([1, 1, 2]); terms > 0; terms--) {
      const field = this.#one(model.fields)
      if (field.relation === undefined) where[field.name] = this.#condition(field)
      else if (depth > 0) where[field.name] = this.#related(field, depth - 1)
    }
    return where
  }

  #related(field: ModelField, depth: number): unknown {
    const inner = this.#where(this.#target(field), depth)
    if (field.isList) return { [this.#one(['some', 'every', 'none'])]: inner }
    if (isOptional(field) && this.#chance(0.2)) return null
    return this.#chance(0.5) ? inner : { [this.#one(['is', 'isNot'])]: inner }
  }

  #condition(field: ModelField): unknown {
    const value = this.#value(field)
    if (isArray(field)) return { has: this.#one(TEXTS) }
    if (field.type === 'Json') return { equals: value }
    const kind = this.#random.fraction()
    if (isOptionalScalar(field) && kind < 0.15) return null
    if (kind < 0.5) return value
    if (kind < 0.65) return { in: [value, this.#value(field)] }
    if (kind < 0.75) return { not: value }
    if (kind < 0.85 && !field.isEnum && field.type !== 'Bytes') return { gte: value }
    return field.type === 'String' && field.nativeType === undefined ? { startsWith: value } : { equals: value }
  }

  /** A key of a model with values, as `findUnique` wants it. */
  #unique(model: Model): Args {
    const key = this.#one(model.keys)
    const values = Object.fromEntries(key.map((name) => [name, this.#value(fieldOf(model, name))]))
    return key.length === 1 ? values : { [model.name === 'Maker' ? 'called' : key.join('_')]: values }
  }

  #writeArgs(model: Model, operation: string): Args {
    const shown = this.#shown(model, 1)
    const plain = operation.endsWith('AndReturn') ? {} : shown
    switch (operation) {
      case 'create':
        return { data: this.#data(model, { isNew: true, depth: 2 }), ...shown }
      case 'createMany':
      case 'createManyAndReturn':
        return {
          data: [this.#row(model), this.#row(model)],
          ...(this.#chance(0.6) ? { skipDuplicates: true } : {}),
        }
      case 'update':
        return { where: this.#unique(model), data: this.#data(model, { isNew: false, depth: 3 }), ...plain }
      case 'upsert':
        return {
          where: this.#unique(model),
          create: this.#data(model, { isNew: true, depth: 1 }),
          update: this.#data(model, { isNew: false, depth: 1 }),
          ...plain,
        }
      case 'delete':
        return { where: this.#unique(model), ...plain }
      case 'deleteMany':
        return { where: this.#where(model, 1) }
      default:
        return { where: this.#where(model, 1), data: this.#changes(model) }
    }
  }

  /** What a row is made of, foreign keys included. */
  #row(model: Model): Args {
    const row: Args = {}
    for (const field of this.#scalars(model)) {
      if (field.generated) continue
      if (isNeeded(model, field) || this.#chance(0.6)) row[field.name] = this.#value(field)
    }
    return row
  }

  #changes(model: Model): Args {
    const changes: Args = {}
    for (const field of this.#scalars(model)) {
      if (!this.#chance(0.35) || field.generated) continue
      if (isArray(field)) changes[field.name] = this.#chance(0.5) ? { push: this.#one(TEXTS) } : { set: [] }
      else if (field.type === 'Int' && this.#chance(0.3)) changes[field.name] = { increment: 1 }
      else if (isOptionalScalar(field) && this.#chance(0.3)) changes[field.name] = null
      else
        changes[field.name] =
          this.#chance(0.3) && field.type !== 'Json' ? { set: this.#value(field) } : this.#value(field)
    }
    return changes
  }

  /** A row, or changes of one, with relations: foreign keys then are given by these alone. */
  #data(model: Model, { isNew, depth }: { readonly isNew: boolean; readonly depth: number }): Args {
    const plain = isNew ? this.#row(model) : this.#changes(model)
    const relations = model.fields.filter((field) => field.relation !== undefined)
    if (depth === 0 || this.#chance(0.4)) return plain
    const data = { ...plain }
    for (const field of relations) for (const name of field.relation?.fields ?? []) delete data[name]
    for (const { name, generated } of this.#scalars(model)) if (generated) delete data[name]
    for (const field of relations) {
      const isHolder = (field.relation?.fields.length ?? 0) > 0
      const needed =
        isNew && isHolder && field.relation?.fields.some((name) => isNeeded(model, fieldOf(model, name))) === true
      if (!needed && !this.#chance(isNew ? 0.25 : 0.4)) continue
      data[field.name] = this.#verb(field, { isNew, depth: depth - 1 })
    }
    return data
  }

  #verb(field: ModelField, { isNew, depth }: { readonly isNew: boolean; readonly depth: number }): Args {
    const target = this.#target(field)
    const verb = this.#one(isNew ? NEW : field.isList ? [...LINKS, ...MANY] : isOptional(field) ? LINKS : NEEDED)
    const create = (): Args => this.#without(field, this.#data(target, { isNew: true, depth }))
    const update = (): Args => this.#without(field, this.#data(target, { isNew: false, depth }))
    const where = this.#unique(target)
    switch (verb) {
      case 'create':
        return { create: create() }
      case 'connect':
        return { connect: where }
      case 'connectOrCreate':
        return { connectOrCreate: { where, create: create() } }
      case 'disconnect':
        return { disconnect: field.isList ? where : true }
      case 'set':
        return field.isList ? { set: this.#chance(0.3) ? [] : [where] } : { connect: where }
      case 'update':
        return { update: field.isList ? { where, data: update() } : update() }
      case 'upsert':
        return { upsert: { ...(field.isList ? { where } : {}), create: create(), update: update() } }
      case 'delete':
        return { delete: field.isList ? where : true }
      case 'createMany':
        return { createMany: { data: [this.#without(field, this.#row(target))], skipDuplicates: true } }
      case 'updateMany':
        return { updateMany: { where: this.#where(target, 0), data: this.#without(field, this.#changes(target)) } }
      default:
        return { deleteMany: this.#where(target, 0) }
    }
  }

  /** What is given by the relation that the data stands in. */
  #without(field: ModelField, data: Args): Args {
    const back = this.#target(field).fields.find(
      (one) => one.relation?.name === field.relation?.name && (one.type !== field.type || one.name !== field.name),
    )
    const given = new Set([back?.name, ...(back?.relation?.fields ?? [])])
    return Object.fromEntries(Object.entries(data).filter(([name]) => !given.has(name)))
  }

  #sql(): string {
    const id = this.#one([1, 2, 3])
    return this.#one([
      `UPDATE "stock"."items" SET "qty" = "qty" + 1 WHERE "site_id" = ${id}`,
      `UPDATE sites SET "parent_id" = NULL WHERE site_id IN (${id}, 4)`,
      `DELETE FROM stock."Part" WHERE "serial" = ${id}`,
      `WITH gone AS (DELETE FROM stock."_peers" RETURNING "A") SELECT count(*) FROM gone`,
      `INSERT INTO "Keeper" ("id") SELECT ${id} ON CONFLICT DO NOTHING`,
      `UPDATE "Keeper" k SET "homeId" = s."site_id" FROM sites s WHERE s."code" = 'a' AND k.id = ${id}`,
      `UPDATE "Maker" SET "name" = 'r'; UPDATE stock.items SET qty = ${id}`,
      `INSERT INTO "Maker" ("id", "name") VALUES (${id}, 'sql') ON CONFLICT ("id") DO UPDATE SET "name" = EXCLUDED."name"`,
    ])
  }

  #value(field: ModelField): unknown {
    if (isArray(field)) return this.#chance(0.5) ? [this.#one(TEXTS)] : []
    switch (field.type) {
      case 'Int':
        return this.#one([1, 2, 3, 4])
      case 'BigInt':
        return this.#one([1n, 2n, 3n, 2, 9007199254740993n])
      case 'Decimal':
        return this.#one(['1.50', 2, '3'])
      case 'DateTime':
        return this.#one([new Date('2026-01-01T00:00:00Z'), new Date('2026-02-02T00:00:00Z')])
      case 'Bytes':
        return new Uint8Array([this.#one([1, 2, 255])])
      case 'Json':
        return this.#one<unknown>([{ a: 1 }, [1, 'x'], 'text', 5])
      case 'State':
        return this.#one(['NEW', 'OPEN', 'DONE'])
      default: {
        const uuid = this.#one(UUIDS)
        if (field.nativeType === 'Uuid') return this.#chance(0.3) ? uuid.toUpperCase() : uuid
        return this.#one(TEXTS)
      }
    }
  }

  #scalars(model: Model): readonly ModelField[] {
    return model.fields.filter((field) => field.relation === undefined)
  }

  #comparable(model: Model): readonly ModelField[] {
    return this.#scalars(model).filter((field) => !isArray(field) && !['Json', 'Bytes'].includes(field.type))
  }

  #target(field: ModelField): Model {
    return this.#models.find((model) => model.name === field.type) as Model
  }

  #one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random.fraction() * choices.length)] as T
  }

  #chance(share: number): boolean {
    return this.#random.fraction() < share
  }
}

function property({ name }: Model): string {
  return `${name[0]?.toLowerCase()}${name.slice(1)}`
}

function fieldOf(model: Model, name: string): ModelField {
  return model.fields.find((field) => field.name === name) as ModelField
}

function isArray(field: ModelField): boolean {
  return field.isList && field.relation === undefined
}

/** Fields that the tests' schema lets be NULL: a data model does not tell. */
const OPTIONAL = new Set(['parentId', 'homeId', 'bossId'])

function isOptionalScalar(field: ModelField): boolean {
  return OPTIONAL.has(field.name)
}

function isOptional(field: ModelField): boolean {
  return ['parent', 'home', 'boss', 'badge'].includes(field.name)
}

/** Whether a row cannot be made without it. */
function isNeeded(model: Model, { name, generated }: ModelField): boolean {
  if (generated || (model.name === 'Part' && name !== 'id' && name !== 'serial')) return false
  return ['id', 'code', 'siteId', 'slot', 'serial', 'name', 'makerId', 'key'].includes(name)
}
