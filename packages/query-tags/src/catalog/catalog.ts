import { folded } from '../sql/name.ts'
import type { Identifier, RelationName } from '../sql/name.ts'
import type { Dialect } from '../sql/dialect.ts'
import { HARMLESS_FUNCTIONS, STEADY_FUNCTIONS } from './known-functions.ts'
import type { Column, ForeignKey, Table } from './table.ts'

/** What is known of a database. */
export interface CatalogOptions {
  /** Names the database in tags: the same for all that write to it, whatever library they use. */
  readonly database: string
  readonly dialect: Dialect
  /** Schema of names without one: `public`, the name of the MySQL database, `main`. */
  readonly defaultSchema: string
  readonly tables: readonly Table[]
  /** The tables that a view reads, by its name. */
  readonly views?: Readonly<Record<string, readonly string[]>>
  /** Tables that change, by triggers or rules, when another does. */
  readonly sideEffects?: Readonly<Record<string, readonly string[]>>
  /** Tables that no cached query reads: writes to them invalidate nothing. */
  readonly ignoredTables?: readonly string[]
  /** Functions beyond the usual: `steady` ones always answer the same from the same rows; the others write these tables. */
  readonly functions?: Readonly<Record<string, 'steady' | readonly string[]>>
}

/** A table with what follows from its place in the catalog. */
export interface KnownTable {
  /** `<database>/<schema>.<name>`, escaped: what tags are made of. */
  readonly id: string
  readonly schema: string
  readonly name: string
  /** By folded name. */
  readonly columns: ReadonlyMap<string, Column>
  /** By folded names, sorted; without those of opaque columns; longest first. */
  readonly schemes: readonly { readonly columns: readonly string[]; readonly use: boolean }[]
  /** With folded names of columns. */
  readonly foreignKeys: readonly ForeignKey[]
}

/** A foreign key seen from the table that it refers to. */
export interface Referrer {
  readonly table: KnownTable
  readonly key: ForeignKey
}

/** The tables of a database, found by the names that statements give them. */
export class Catalog {
  readonly database: string
  readonly dialect: Dialect
  readonly #defaultSchema: string
  readonly #tables = new Map<string, KnownTable[]>()
  readonly #referrers = new Map<string, Referrer[]>()
  readonly #views = new Map<string, readonly string[]>()
  readonly #sideEffects = new Map<string, readonly string[]>()
  readonly #ignored: ReadonlySet<string>
  readonly #functions = new Map<string, 'steady' | readonly string[]>()

  constructor(options: CatalogOptions) {
    this.database = options.database
    this.dialect = options.dialect
    this.#defaultSchema = options.defaultSchema
    this.#ignored = new Set((options.ignoredTables ?? []).map((name) => name.toLowerCase()))
    for (const [name, tables] of Object.entries(options.views ?? {})) this.#views.set(name.toLowerCase(), tables)
    for (const [name, effect] of Object.entries(options.functions ?? {}))
      this.#functions.set(name.toLowerCase(), effect)
    for (const table of options.tables) this.#add(table)
    for (const table of this.tables()) for (const key of table.foreignKeys) this.#refer(table, key)
    for (const [name, effects] of Object.entries(options.sideEffects ?? {}))
      for (const { id } of this.named(name)) this.#sideEffects.set(id, effects)
  }

  /** All tables. */
  tables(): readonly KnownTable[] {
    return [...this.#tables.values()].flat()
  }

  /** The tables that a name in a statement may mean: none if it is unknown, several if they differ only in ways that the database may ignore. */
  find(name: RelationName): readonly KnownTable[] {
    const candidates = this.#tables.get(name.name.text.toLowerCase()) ?? []
    const schema = name.schema
    // Without a schema the search path decides, which statements can change: every table of that name may be meant.
    const there =
      schema === undefined ? candidates : candidates.filter((table) => same(table.schema, schema, this.dialect))
    const exact = there.filter(
      (table) =>
        same(table.name, name.name, this.dialect) && (this.dialect === 'postgres' || table.name === name.name.text),
    )
    return exact.length > 0 ? exact : there
  }

  /** The tables of an option that names one as `table` or `schema.table`. */
  named(name: string): readonly KnownTable[] {
    const dot = name.indexOf('.')
    const part = (text: string): Identifier => ({ text, quoted: false })
    return this.find({ schema: dot === -1 ? undefined : part(name.slice(0, dot)), name: part(name.slice(dot + 1)) })
  }

  /** The foreign keys that refer to a table. */
  referrers(table: KnownTable): readonly Referrer[] {
    return this.#referrers.get(table.id) ?? []
  }

  /** The tables that triggers and rules change along with this one. */
  sideEffects(table: KnownTable): readonly string[] {
    return this.#sideEffects.get(table.id) ?? []
  }

  /** The tables behind a view, if it is known. */
  view(name: RelationName): readonly string[] | undefined {
    const short = name.name.text.toLowerCase()
    return (
      this.#views.get(name.schema === undefined ? short : `${name.schema.text.toLowerCase()}.${short}`) ??
      this.#views.get(short)
    )
  }

  /** Whether writes to an unknown table are of no concern. */
  isIgnored(name: RelationName): boolean {
    return this.#ignored.has(name.name.text.toLowerCase())
  }

  /** What calling a function means: nothing (`steady`), an answer of its own each time (`unsteady`), writes to tables, or unknown. */
  effectOf(name: string): 'steady' | 'unsteady' | 'unknown' | readonly string[] {
    const declared = this.#functions.get(name)
    if (declared !== undefined) return declared
    if (STEADY_FUNCTIONS.has(name) || name.startsWith('st_')) return 'steady'
    return HARMLESS_FUNCTIONS.has(name) ? 'unsteady' : 'unknown'
  }

  #add(table: Table): void {
    const schema = table.schema ?? this.#defaultSchema
    const columns = new Map(table.columns.map((column) => [this.#fold(column.name), column]))
    const usable = table.schemes.filter(
      (scheme) => scheme.columns.length > 0 && scheme.columns.every((name) => isExact(columns.get(this.#fold(name)))),
    )
    const schemes = new Map(
      usable.map((scheme) => [
        scheme.columns
          .map((name) => this.#fold(name))
          .sort()
          .join('\0'),
        scheme,
      ]),
    )
    const known: KnownTable = {
      id: [this.database, schema].map(escapePart).join('/') + `.${escapePart(table.name)}`,
      schema,
      name: table.name,
      columns,
      schemes: [...schemes]
        .map(([key, scheme]) => ({ columns: key.split('\0'), use: scheme.use !== false }))
        .sort((a, b) => b.columns.length - a.columns.length),
      foreignKeys: (table.foreignKeys ?? []).map((key) => ({
        ...key,
        columns: key.columns.map((name) => this.#fold(name)),
        references: { ...key.references, columns: key.references.columns.map((name) => this.#fold(name)) },
      })),
    }
    const short = table.name.toLowerCase()
    this.#tables.set(short, [...(this.#tables.get(short) ?? []), known])
  }

  #refer(table: KnownTable, key: ForeignKey): void {
    const { schema, table: name } = key.references
    const quoted = (text: string): Identifier => ({ text, quoted: true })
    for (const target of this.find({
      schema: schema === undefined ? quoted(table.schema) : quoted(schema),
      name: quoted(name),
    })) {
      const referrers = this.#referrers.get(target.id) ?? []
      referrers.push({ table, key })
      this.#referrers.set(target.id, referrers)
    }
  }

  #fold(column: string): string {
    return folded({ text: column, quoted: true }, this.dialect)
  }
}

function isExact(column: Column | undefined): boolean {
  return column !== undefined && column.kind !== 'opaque'
}

function same(text: string, identifier: Identifier, dialect: Dialect): boolean {
  if (dialect === 'postgres' && identifier.quoted) return text === identifier.text
  return text.toLowerCase() === identifier.text.toLowerCase()
}

function escapePart(text: string): string {
  return text.replace(/[%/.:=,|~]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
}
