import type { Dialect } from '../sql/dialect.ts'
import { dottedName, folded, identifierOf, relationName } from '../sql/name.ts'
import type { Identifier, RelationName } from '../sql/name.ts'
import { isSymbol, isWord, splitAt } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'
import { columnUse, readCondition, readValue } from './condition.ts'
import type { Assignment, OnConflict, Returning, Write } from './statement.ts'

/** Reads an INSERT, REPLACE, UPDATE, DELETE or MERGE; `undefined` if not even its table is certain. Where only that is, it is a `rewrite`. */
export function readChange(items: readonly Syntax[], dialect: Dialect): Write | undefined {
  if (isWord(items[0], 'INSERT', 'REPLACE')) return readInsert(items, dialect)
  if (isWord(items[0], 'UPDATE')) return readUpdate(items, dialect)
  if (isWord(items[0], 'DELETE')) return readDelete(items, dialect)
  const at = isWord(items[1], 'INTO') ? 2 : 1
  const name = isWord(items[0], 'MERGE') ? dottedName(items, at) : undefined
  return name === undefined ? undefined : { kind: 'rewrite', table: relationName(name.parts) }
}

function readInsert(items: readonly Syntax[], dialect: Dialect): Write | undefined {
  const into = items.findIndex((item) => isWord(item, 'INTO'))
  const words = items.slice(1, Math.max(into, 1))
  const modifiers = words.every((item) =>
    isWord(item, 'IGNORE', 'LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY', 'OR', 'REPLACE', 'ABORT', 'FAIL', 'ROLLBACK'),
  )
  // MySQL lets INTO be left out; nobody writes that, so it is not worth guessing at.
  if (into === -1 || !modifiers) return undefined
  const name = dottedName(items, into + 1)
  if (name === undefined) return undefined
  const table = relationName(name.parts)
  const replaces = isWord(items[0], 'REPLACE') || words.some((item) => isWord(item, 'REPLACE'))
  let at = name.next
  if (isWord(items[at], 'AS')) at += 2
  const list = items[at]
  if (list?.kind !== 'group' && !isWord(list, 'DEFAULT')) return { kind: 'rewrite', table }
  const returning = returningOf(items, dialect)
  const end = clauseAt(items, at, 'ON', 'RETURNING')
  const columns = list?.kind === 'group' ? columnsOf(list.items) : []
  const body = items.slice(list?.kind === 'group' ? at + 1 : at, end)
  return {
    kind: 'insert',
    table,
    rows: columns === undefined ? undefined : rowsOf(columns, body),
    onConflict: replaces ? { kind: 'replace' } : onConflictOf(items.slice(end), dialect),
    returning,
  }
}

/** The rows of a VALUES list; `undefined` where they come from elsewhere. */
function rowsOf(
  columns: readonly Identifier[],
  body: readonly Syntax[],
): readonly (readonly Assignment[])[] | undefined {
  if (body.length === 2 && isWord(body[0], 'DEFAULT') && isWord(body[1], 'VALUES')) return [[]]
  const start = isWord(body[0], 'OVERRIDING') ? 3 : 0
  if (!isWord(body[start], 'VALUES', 'VALUE')) return undefined
  const rows: (readonly Assignment[])[] = []
  for (const part of splitAt(body.slice(start + 1), (item) => isSymbol(item, ','))) {
    const [row] = part
    if (part.length !== 1 || row?.kind !== 'group') return undefined
    const values = row.items.length === 0 ? [] : splitAt(row.items, (item) => isSymbol(item, ','))
    if (values.length !== columns.length) return undefined
    rows.push(columns.map((column, index) => ({ column, value: readValue(values[index] as readonly Syntax[]) })))
  }
  return rows
}

function onConflictOf(items: readonly Syntax[], dialect: Dialect): OnConflict {
  if (!isWord(items[0], 'ON')) return { kind: 'fail' }
  const update = items.findIndex((item) => isWord(item, 'UPDATE'))
  if (update === -1) return { kind: 'fail' }
  const set = isWord(items[update + 1], 'SET') ? update + 2 : update + 1
  const end = clauseAt(items, set, 'WHERE', 'RETURNING')
  const target = isWord(items[1], 'CONFLICT') && items[2]?.kind === 'group' ? columnsOf(items[2].items) : undefined
  const assignments = assignmentsOf(items.slice(set, end), dialect)
  // Not readable: any column may have been set.
  return assignments === undefined ? { kind: 'replace' } : { kind: 'update', target: target ?? [], set: assignments }
}

function readUpdate(items: readonly Syntax[], dialect: Dialect): Write | undefined {
  let at = 1
  while (isWord(items[at], 'ONLY', 'IGNORE', 'LOW_PRIORITY')) at++
  const replaces = isWord(items[at], 'OR') && isWord(items[at + 1], 'REPLACE')
  if (isWord(items[at], 'OR')) at += 2
  const named = tableAt(items, at, dialect)
  if (named === undefined) return undefined
  const { table, alias } = named
  // SQLite deletes the rows that are in the way, of which the statement says nothing.
  if (replaces) return { kind: 'rewrite', table }
  // MySQL: UPDATE a JOIN b …, UPDATE a, b …: either may be written.
  if (!isWord(items[named.next], 'SET')) return dialect === 'mysql' ? undefined : { kind: 'rewrite', table }
  const end = clauseAt(items, named.next, 'FROM', 'WHERE', 'ORDER', 'LIMIT', 'RETURNING')
  const set = assignmentsOf(items.slice(named.next + 1, end), dialect)
  if (set === undefined) return { kind: 'rewrite', table }
  return {
    kind: 'update',
    table,
    alias,
    set,
    condition: conditionOf(items, dialect),
    returning: returningOf(items, dialect),
  }
}

function readDelete(items: readonly Syntax[], dialect: Dialect): Write | undefined {
  let at = 1
  while (isWord(items[at], 'LOW_PRIORITY', 'QUICK', 'IGNORE')) at++
  if (!isWord(items[at], 'FROM')) return undefined
  at++
  while (isWord(items[at], 'ONLY')) at++
  const named = tableAt(items, at, dialect)
  if (named === undefined) return undefined
  const { table, alias, next } = named
  if (dialect === 'mysql' && next < items.length && !isWord(items[next], 'WHERE', 'ORDER', 'LIMIT', 'RETURNING'))
    return undefined
  return {
    kind: 'delete',
    table,
    alias,
    condition: conditionOf(items, dialect),
    returning: returningOf(items, dialect),
  }
}

function tableAt(
  items: readonly Syntax[],
  at: number,
  dialect: Dialect,
): { readonly table: RelationName; readonly alias: string; readonly next: number } | undefined {
  const name = dottedName(items, at)
  if (name === undefined) return undefined
  let { next } = name
  if (isWord(items[next], 'AS')) next++
  const given = isWord(
    items[next],
    'SET',
    'WHERE',
    'USING',
    'ORDER',
    'LIMIT',
    'RETURNING',
    'JOIN',
    'LEFT',
    'INNER',
    'FROM',
  )
    ? undefined
    : identifierOf(items[next])
  const alias: Identifier | undefined = given ?? name.parts.at(-1)
  if (alias === undefined) return undefined
  return { table: relationName(name.parts), alias: folded(alias, dialect), next: given === undefined ? next : next + 1 }
}

function conditionOf(items: readonly Syntax[], dialect: Dialect): ReturnType<typeof readCondition> {
  const where = items.findIndex((item) => isWord(item, 'WHERE'))
  if (where === -1) return [{ pins: [], links: [] }]
  const condition = items.slice(where + 1, clauseAt(items, where, 'ORDER', 'LIMIT', 'RETURNING'))
  return readCondition(condition, dialect)
}

function assignmentsOf(items: readonly Syntax[], dialect: Dialect): readonly Assignment[] | undefined {
  const set: Assignment[] = []
  for (const part of splitAt(items, (item) => isSymbol(item, ','))) {
    const column = columnUse(part, 0, dialect)
    if (column === undefined || !isSymbol(part[column.next], '=')) return undefined
    set.push({ column: column.use.column, value: readValue(part.slice(column.next + 1)) })
  }
  return set
}

function columnsOf(items: readonly Syntax[]): readonly Identifier[] | undefined {
  const columns: Identifier[] = []
  for (const part of splitAt(items, (item) => isSymbol(item, ','))) {
    const column = part.length === 1 ? identifierOf(part[0]) : undefined
    if (column === undefined) return undefined
    columns.push(column)
  }
  return columns
}

function returningOf(items: readonly Syntax[], dialect: Dialect): Returning {
  const at = items.findIndex((item) => isWord(item, 'RETURNING'))
  const last = items.at(-1)
  if (at === -1) return { kind: 'none', at: last?.end }
  const columns = new Map<string, string>()
  for (const part of splitAt(items.slice(at + 1), (item) => isSymbol(item, ','))) {
    if (part.length === 1 && isSymbol(part[0], '*')) return { kind: 'columns', columns: '*' }
    const column = columnUse(part, 0, dialect)
    if (column?.next !== part.length) continue
    const name = folded(column.use.column, dialect)
    columns.set(name, dialect === 'postgres' ? name : column.use.column.text)
  }
  return { kind: 'columns', columns }
}

function clauseAt(items: readonly Syntax[], from: number, ...words: readonly string[]): number {
  const index = items.findIndex((item, at) => at > from && isWord(item, ...words) && !isSymbol(items[at - 1], '.'))
  return index === -1 ? items.length : index
}
