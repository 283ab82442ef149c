import type { Catalog, KnownTable, Referrer } from '../catalog/catalog.ts'
import type { ForeignKey } from '../catalog/table.ts'
import { canonicalValue } from './canonical-value.ts'
import { combinations } from './known-rows.ts'
import type { KnownRows } from './known-rows.ts'
import { anyRowsTag, schemeTag, tableTag, wildcardTag } from './tag-names.ts'

/** A change of rows of one table. `before` is missing for an insert, `after` for a delete. */
export interface Change {
  readonly table: KnownTable
  readonly before?: KnownRows
  readonly after?: KnownRows
  /** For an update: the columns, by folded name, that may differ afterwards. Default: any. */
  readonly sets?: ReadonlySet<string> | undefined
}

/** Nothing is known of the rows. */
export const ANY_ROWS: KnownRows = new Map()

/** Tags of one statement that are told apart for one scheme; with more, the wildcard stands for them. */
const MOST_VALUES = 64

/** The tags that changes move, with what the database changes by itself because of them: referential actions, declared side effects. */
export function writeTags(catalog: Catalog, changes: readonly Change[]): ReadonlySet<string> {
  const tags = new Set<string>()
  const seen = new Set<string>()
  let open = [...changes]
  while (open.length > 0) {
    for (const change of open) {
      addTags(tags, change)
      for (const name of catalog.sideEffects(change.table))
        for (const table of catalog.named(name)) for (const tag of coarseTags(catalog, table)) tags.add(tag)
    }
    const following = open.flatMap((change) => consequences(catalog, change))
    // Tables may refer to each other in a circle.
    open = following.filter((change) => {
      const text = changeText(change)
      if (seen.has(text)) return false
      seen.add(text)
      return true
    })
  }
  return tags
}

/** The tags of a change that may concern any row. */
export function coarseTags(catalog: Catalog, table: KnownTable): ReadonlySet<string> {
  const tags = new Set<string>()
  const open = [table]
  const seen = new Set(open)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    tags.add(tableTag(next)).add(anyRowsTag(next))
    const touched = catalog.referrers(next).flatMap(({ table: other, key }) => (hasAction(key) ? [other] : []))
    for (const other of [...touched, ...catalog.sideEffects(next).flatMap((name) => catalog.named(name))]) {
      if (seen.has(other)) continue
      seen.add(other)
      open.push(other)
    }
  }
  return tags
}

/** The tags of TRUNCATE … CASCADE: all tables that refer to this one are emptied, whatever their keys say. */
export function truncateTags(catalog: Catalog, table: KnownTable): ReadonlySet<string> {
  const tags = new Set<string>()
  const seen = new Set<KnownTable>()
  const open = [table]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    for (const tag of coarseTags(catalog, next)) tags.add(tag)
    open.push(...catalog.referrers(next).map((referrer) => referrer.table))
  }
  return tags
}

function addTags(tags: Set<string>, { table, before, after }: Change): void {
  tags.add(tableTag(table))
  for (const { columns } of table.schemes) {
    const known = [before, after].flatMap((rows) => (rows === undefined ? [] : [combinations(rows, columns)]))
    const values = known.every((one) => one !== undefined) ? known.flat() : undefined
    if (values === undefined || values.length > MOST_VALUES) tags.add(wildcardTag(table, columns))
    else for (const combination of values) tags.add(schemeTag(table, columns, combination))
  }
}

function consequences(catalog: Catalog, change: Change): readonly Change[] {
  return catalog.referrers(change.table).flatMap((referrer) => {
    if (change.before === undefined) return []
    return change.after === undefined
      ? onDelete(change.table, change.before, referrer)
      : onUpdate({ table: change.table, before: change.before, after: change.after, sets: change.sets }, referrer)
  })
}

function onDelete(from: KnownTable, deleted: KnownRows, { table, key }: Referrer): readonly Change[] {
  if (key.onDelete === 'none') return []
  const before = carried(from, deleted, { table, key })
  if (key.onDelete === 'cascade') return [{ table, before }]
  return [{ table, before, after: key.onDelete === 'set null' ? nulls(key) : ANY_ROWS }]
}

function onUpdate(
  change: Required<Pick<Change, 'table' | 'before' | 'after'>> & Pick<Change, 'sets'>,
  { table, key }: Referrer,
): readonly Change[] {
  const { sets } = change
  if (key.onUpdate === 'none') return []
  if (sets !== undefined && !key.references.columns.some((column) => sets.has(column))) return []
  const before = carried(change.table, change.before, { table, key })
  const changed = new Set(key.columns)
  if (key.onUpdate === 'cascade')
    return [{ table, before, after: carried(change.table, change.after, { table, key }), sets: changed }]
  return [{ table, before, after: key.onUpdate === 'set null' ? nulls(key) : ANY_ROWS, sets: changed }]
}

/** What is known of the referring rows: that they carry the key of those referred to. */
function carried(from: KnownTable, referenced: KnownRows, { table, key }: Referrer): KnownRows {
  const rows = new Map<string, readonly string[]>()
  key.columns.forEach((column, index) => {
    const target = key.references.columns[index] as string
    const values = referenced.get(target)
    // Columns of another kind write the same value in another way.
    const alike = from.columns.get(target)?.kind === table.columns.get(column)?.kind
    if (values !== undefined && alike) rows.set(column, values)
  })
  return rows
}

function nulls(key: ForeignKey): KnownRows {
  return new Map(key.columns.map((column) => [column, [canonicalValue(null, 'opaque') as string]]))
}

function hasAction(key: ForeignKey): boolean {
  return key.onDelete !== 'none' || key.onUpdate !== 'none'
}

function changeText({ table, before, after, sets }: Change): string {
  const text = (rows: KnownRows | undefined): unknown => rows && [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([table.id, text(before), text(after), sets && [...sets].sort()])
}
