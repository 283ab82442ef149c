import type { Catalog, KnownTable } from '../catalog/catalog.ts'
import { folded } from '../sql/name.ts'
import type { RelationName } from '../sql/name.ts'
import type { ColumnUse } from '../statement/condition.ts'
import type { Assignment, Statement, Write } from '../statement/statement.ts'
import { canonicalValue } from '../tag/canonical-value.ts'
import { knownValues } from '../tag/known-rows.ts'
import type { KnownRows } from '../tag/known-rows.ts'
import { databaseTag } from '../tag/tag-names.ts'
import { ANY_ROWS, coarseTags, truncateTags, writeTags } from '../tag/write-tags.ts'
import type { Change } from '../tag/write-tags.ts'
import { branchRows } from './branch-rows.ts'
import { valuesOf } from './values.ts'

/** What the database answered to a change. */
export interface WriteAnswer {
  /** The rows of a RETURNING. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  /** The number that it gave to the one row of an INSERT. */
  readonly insertedId?: number | bigint | string
}

/** The tags that a statement's changes move; none for a statement that changes nothing. */
export function planWrite(
  catalog: Catalog,
  statement: Statement,
  given: { readonly parameters: readonly unknown[]; readonly answer?: WriteAnswer | undefined },
): ReadonlySet<string> {
  switch (statement.kind) {
    case 'query':
      return functionTags(catalog, statement.query.functions)
    case 'write': {
      const tags = new Set(functionTags(catalog, statement.functions))
      for (const write of statement.writes) for (const tag of tagsOf(catalog, write, given)) tags.add(tag)
      return tags
    }
    case 'unknown':
      return everything(catalog)
    case 'transaction':
    case 'session':
    case 'harmless':
      return new Set()
    default:
      return statement satisfies never
  }
}

function everything(catalog: Catalog): ReadonlySet<string> {
  return new Set([databaseTag(catalog.database)])
}

/** What calls change: an unknown function may change anything. */
function functionTags(catalog: Catalog, names: readonly string[]): ReadonlySet<string> {
  const tags = new Set<string>()
  for (const name of names) {
    const effect = catalog.effectOf(name)
    if (effect === 'steady' || effect === 'unsteady') continue
    if (effect === 'unknown') return everything(catalog)
    for (const table of effect.flatMap((one) => catalog.named(one)))
      for (const tag of coarseTags(catalog, table)) tags.add(tag)
  }
  return tags
}

function tagsOf(
  catalog: Catalog,
  write: Write,
  given: { readonly parameters: readonly unknown[]; readonly answer?: WriteAnswer | undefined },
): ReadonlySet<string> {
  const tables = catalog.find(write.table)
  if (tables.length === 0) return unknownTable(catalog, write)
  const [table] = tables
  if (
    tables.length === 1 &&
    table !== undefined &&
    (write.kind === 'insert' || write.kind === 'update' || write.kind === 'delete')
  ) {
    const changes = new Changes(catalog, table, given).of(write)
    return changes === undefined ? coarseTags(catalog, table) : writeTags(catalog, changes)
  }
  const tags = tables.map((one) =>
    write.kind === 'truncate' && write.cascade ? truncateTags(catalog, one) : coarseTags(catalog, one),
  )
  return new Set(tags.flatMap((some) => [...some]))
}

/** A view that can be written, or a table with triggers: nobody can tell what changes. */
function unknownTable(catalog: Catalog, write: Write): ReadonlySet<string> {
  const view = catalog.view(write.table)
  // A view that is defined anew may show other rows; anything else was not there before.
  if ((write.kind === 'define' && view === undefined) || catalog.isIgnored(write.table) || isTemporary(write.table))
    return new Set()
  const behind = view?.flatMap((name) => catalog.named(name))
  if (view === undefined || behind === undefined || behind.length < view.length) return everything(catalog)
  return new Set(behind.flatMap((table) => [...coarseTags(catalog, table)]))
}

function isTemporary(name: RelationName): boolean {
  return name.schema !== undefined && /^(pg_temp|temp)$/i.test(name.schema.text)
}

/** Turns a write of one table into changes of rows; `undefined` where any row may have changed. */
class Changes {
  readonly #catalog: Catalog
  readonly #table: KnownTable
  readonly #parameters: readonly unknown[]
  readonly #answer: WriteAnswer

  constructor(
    catalog: Catalog,
    table: KnownTable,
    given: { readonly parameters: readonly unknown[]; readonly answer?: WriteAnswer | undefined },
  ) {
    this.#catalog = catalog
    this.#table = table
    this.#parameters = given.parameters
    this.#answer = given.answer ?? {}
  }

  of(write: Extract<Write, { kind: 'insert' | 'update' | 'delete' }>): readonly Change[] | undefined {
    switch (write.kind) {
      case 'insert':
        return this.#inserted(write)
      case 'update':
        return this.#updated(write)
      case 'delete':
        return this.#deleted(write)
      default:
        return write satisfies never
    }
  }

  #inserted(write: Extract<Write, { kind: 'insert' }>): readonly Change[] | undefined {
    const table = this.#table
    const { rows, onConflict } = write
    if (rows === undefined || onConflict.kind === 'replace') return undefined
    const returned = this.#returnedRows(write.returning)
    // With fewer answers than rows (DO NOTHING) nobody can tell whose they are.
    const answers = returned?.length === rows.length ? returned : []
    const inserted = rows.map((row, index): KnownRows => {
      const known = new Map([...this.#values(row), ...(answers[index] ?? [])])
      if (rows.length === 1) this.#addGenerated(known, row)
      return known
    })
    const changes: Change[] = inserted.map((after) => ({ table, after }))
    if (onConflict.kind === 'fail') return changes
    return [...changes, ...inserted.map((row, index) => this.#upserted(row, onConflict, answers[index]))]
  }

  /** The row that was there and was changed instead: equal in the target's columns, and where it was not set, to what was answered. */
  #upserted(
    row: KnownRows,
    conflict: Extract<Extract<Write, { kind: 'insert' }>['onConflict'], { kind: 'update' }>,
    answered: KnownRows | undefined,
  ): Change {
    const target = new Set(conflict.target.map((column) => folded(column, this.#catalog.dialect)))
    const sets = new Set(conflict.set.map(({ column }) => folded(column, this.#catalog.dialect)))
    const before = new Map([...row].filter(([column]) => target.has(column)))
    for (const [column, values] of answered ?? []) if (!sets.has(column)) before.set(column, values)
    const after = new Map([...before].filter(([column]) => !sets.has(column)))
    for (const [column, values] of this.#values(conflict.set)) after.set(column, values)
    for (const [column, values] of answered ?? []) after.set(column, values)
    return { table: this.#table, before, after, sets }
  }

  #updated(write: Extract<Write, { kind: 'update' }>): readonly Change[] | undefined {
    const { dialect } = this.#catalog
    const sets = new Set(write.set.map(({ column }) => folded(column, dialect)))
    for (const [name, column] of this.#table.columns) if (column.computed === true) sets.add(name)
    const values = this.#values(write.set)
    const returned = this.#returnedRows(write.returning)
    return this.#branches(write).flatMap((pinned) =>
      (returned ?? [ANY_ROWS]).map((answer): Change => {
        const before = new Map([...answer].filter(([column]) => !sets.has(column)))
        for (const [column, known] of pinned) if (!before.has(column)) before.set(column, known)
        const after = new Map([...before].filter(([column]) => !sets.has(column)))
        for (const [column, known] of [...values, ...answer]) after.set(column, known)
        return { table: this.#table, before, after, sets }
      }),
    )
  }

  #deleted(write: Extract<Write, { kind: 'delete' }>): readonly Change[] {
    const returned = this.#returnedRows(write.returning)
    if (returned !== undefined)
      return returned.map((before) => ({ table: this.#table, before: this.#joined(write, before) }))
    return this.#branches(write).map((before) => ({ table: this.#table, before }))
  }

  /** An answered row with what its statement's condition says, where that is one branch. */
  #joined(write: Extract<Write, { kind: 'delete' }>, row: KnownRows): KnownRows {
    const branches = this.#branches(write)
    return branches.length === 1 ? new Map([...(branches[0] as KnownRows), ...row]) : row
  }

  #branches(write: Extract<Write, { kind: 'update' | 'delete' }>): readonly KnownRows[] {
    const owns = (use: ColumnUse): boolean => use.alias === undefined || use.alias === write.alias
    return write.condition.map((branch) =>
      branchRows(this.#catalog, this.#table, { branch, parameters: this.#parameters, owns }),
    )
  }

  #values(assignments: readonly Assignment[]): ReadonlyMap<string, readonly string[]> {
    const known = new Map<string, readonly string[]>()
    for (const { column, value } of assignments) {
      const values = value === undefined ? undefined : valuesOf(value, this.#parameters)
      const one = values?.length === 1 ? knownValues(this.#catalog, this.#table, { column, values }) : undefined
      const how = one === undefined ? undefined : this.#table.columns.get(one.column)
      if (one === undefined || how?.computed === true) continue
      // MySQL and SQLite give a number where NULL is written into such a column, MySQL also for a 0.
      if (how?.generated === true && this.#asksForNumber(one.values[0])) continue
      known.set(one.column, one.values)
    }
    return known
  }

  #asksForNumber(value: string | undefined): boolean {
    return value === canonicalValue(null, 'integer') || (this.#catalog.dialect === 'mysql' && value === '0')
  }

  #addGenerated(known: Map<string, readonly string[]>, row: readonly Assignment[]): void {
    const { insertedId } = this.#answer
    if (insertedId === undefined) return
    for (const [name, column] of this.#table.columns) {
      if (column.generated !== true || known.has(name)) continue
      const source = row.find((one) => folded(one.column, this.#catalog.dialect) === name)
      const written = source?.value === undefined ? undefined : valuesOf(source.value, this.#parameters)?.[0]
      const left =
        source === undefined ||
        source.value?.kind === 'default' ||
        this.#asksForNumber(canonicalValue(written, column.kind))
      const value = left ? canonicalValue(insertedId, column.kind) : undefined
      if (value !== undefined) known.set(name, [value])
    }
  }

  #returnedRows(returning: Extract<Write, { kind: 'update' }>['returning']): readonly KnownRows[] | undefined {
    const { rows } = this.#answer
    if (returning.kind === 'none' || rows === undefined) return undefined
    return rows.map((row) => {
      const known = new Map<string, readonly string[]>()
      for (const [name, column] of this.#table.columns) {
        const output = returning.columns === '*' ? column.name : returning.columns.get(name)
        const value = output === undefined ? undefined : canonicalValue(row[output], column.kind)
        if (value !== undefined) known.set(name, [value])
      }
      return known
    })
  }
}
