import type { Dialect } from '../sql/dialect.ts'
import { dottedName, folded, identifierOf, relationName } from '../sql/name.ts'
import type { Identifier } from '../sql/name.ts'
import { groupsIn, isSymbol, isWord, splitAt } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'
import { columnUse, readCondition } from './condition.ts'
import { aliasesIn } from './aliases-in.ts'
import { tellsTime } from './tells-time.ts'
import type { Branch } from './condition.ts'
import { functionsIn } from './functions-in.ts'
import { isDistinctFrom, relationsAnywhere, relationsBelow, SET_OPERATIONS } from './relations-anywhere.ts'
import type { Derived, Query, Relation } from './relation.ts'

const CLAUSES = [
  'FROM',
  'WHERE',
  'GROUP',
  'HAVING',
  'WINDOW',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FETCH',
  'FOR',
  'LOCK',
  'INTO',
  'PROCEDURE',
] as const
type Clause = 'SELECT' | (typeof CLAUSES)[number]

const JOIN_WORDS = ['JOIN', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'OUTER', 'CROSS', 'NATURAL', 'STRAIGHT_JOIN'] as const
/** After a relation's name these are no alias. */
const NO_ALIAS = [
  'ON',
  'USING',
  'TABLESAMPLE',
  'USE',
  'FORCE',
  'IGNORE',
  'PARTITION',
  'NOT',
  'INDEXED',
  'SET',
  'WITH',
  ...JOIN_WORDS,
  ...CLAUSES,
] as const
/** Words that are values of their own and change from one call to the next. */
const UNSTEADY_WORDS = [
  'CURRENT_TIMESTAMP',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'CURRENT_USER',
  'SESSION_USER',
  'CURRENT_ROLE',
] as const
const MORE_UNSTEADY_WORDS = {
  postgres: ['USER', 'SYSTEM_USER', 'CURRENT_CATALOG', 'CURRENT_SCHEMA'],
  mysql: ['UTC_DATE', 'UTC_TIME', 'UTC_TIMESTAMP'],
  sqlite: [],
} as const

/** Reads a SELECT (without WITH). Whatever it does not understand makes the result depend on more, or refuses it. */
export function readQuery(items: readonly Syntax[], dialect: Dialect): Query {
  const clauses = clausesOf(items)
  const whole = items.some((item) => isWord(item, ...SET_OPERATIONS)) || clauses === undefined
  const everything = relationsAnywhere(items)
  const base = {
    shadows: new Set<string>(),
    functions: functionsIn(items),
    refusal: refusalOf(items, { clauses, dialect }),
    limited: clauses?.has('LIMIT') === true || clauses?.has('OFFSET') === true || clauses?.has('FETCH') === true,
  }
  const from = whole ? undefined : readFrom(clauses.get('FROM') ?? [], dialect)
  const selected = clauses?.get('SELECT') ?? []
  const others = from === undefined ? everything.names : relationsBelow(items)
  const derived = whole ? undefined : readDerived(clauses, dialect)
  const unnamed = everything.refusal ?? base.refusal
  if (whole || from === undefined || hasTwice(from.relations.map(({ alias }) => alias))) {
    return {
      ...base,
      relations: [],
      others: everything.names,
      condition: [],
      plainRows: false,
      filteredBy: undefined,
      outputs: new Map(),
      derived,
      refusal: unnamed,
    }
  }
  const plainRows = isPlain(selected, clauses)
  const outputs: ReadonlyMap<string, string> = plainRows ? outputsOf(selected, dialect) : new Map()
  const order = base.limited ? (clauses.get('ORDER') ?? []) : []
  return {
    ...base,
    relations: from.relations,
    others,
    condition: readCondition(clauses.get('WHERE') ?? [], dialect),
    plainRows,
    filteredBy: aliasesIn([...(clauses.get('WHERE') ?? []), ...from.filters, ...order], { dialect, outputs }),
    outputs,
    derived: undefined,
    refusal: unnamed,
  }
}

/** A query of which all is in its FROM: `SELECT DISTINCT "d"."a" AS "x" FROM (SELECT …) "d" ORDER BY … LIMIT …`. */
function readDerived(clauses: ReadonlyMap<Clause, readonly Syntax[]>, dialect: Dialect): Derived | undefined {
  const [group, ...rest] = clauses.get('FROM') ?? []
  const alias = identifierOf(rest.at(-1))
  if (group?.kind !== 'group' || !isWord(group.items[0], 'SELECT') || alias === undefined) return undefined
  if (rest.length > (isWord(rest[0], 'AS') ? 2 : 1)) return undefined
  if (['WHERE', 'GROUP', 'HAVING', 'WINDOW'].some((clause) => clauses.has(clause as Clause))) return undefined
  const query = readQuery(group.items, dialect)
  const selected = clauses.get('SELECT') ?? []
  const used = [...selected, ...(clauses.get('ORDER') ?? [])]
  const elsewhere = [...(clauses.get('LIMIT') ?? []), ...(clauses.get('OFFSET') ?? []), ...(clauses.get('FETCH') ?? [])]
  if ([...used, ...elsewhere].some((item) => item.kind === 'group' || isSymbol(item, '*'))) return undefined
  const uses = usesOf(used, { query, dialect, alias: folded(alias, dialect) })
  return { query, distinct: isWord(selected[0], 'DISTINCT'), uses }
}

function usesOf(
  items: readonly Syntax[],
  of: { readonly query: Query; readonly dialect: Dialect; readonly alias: string },
): ReadonlySet<string> | undefined {
  const owners = new Map([...of.query.outputs].map(([column, name]) => [name, column.slice(0, column.indexOf('.'))]))
  const uses = new Set<string>()
  for (let index = 0; index < items.length; index++) {
    const name = dottedName(items, index)
    if (name === undefined) continue
    const [column, alias] = [name.parts.at(-1) as Identifier, name.parts.at(-2)]
    index = name.next - 1
    // The name after AS, and keywords.
    if (alias === undefined && (isWord(items[index - 1], 'AS') || !column.quoted)) continue
    const owner = owners.get(column.text)
    if (owner === undefined || (alias !== undefined && folded(alias, of.dialect) !== of.alias)) return undefined
    uses.add(owner)
  }
  return uses
}

/** The clauses of a SELECT; `undefined` if one comes twice. */
function clausesOf(items: readonly Syntax[]): ReadonlyMap<Clause, readonly Syntax[]> | undefined {
  const clauses = new Map<Clause, Syntax[]>()
  let current: Syntax[] = []
  clauses.set('SELECT', current)
  for (let index = 1; index < items.length; index++) {
    const item = items[index] as Syntax
    if (
      item.kind === 'word' &&
      (CLAUSES as readonly string[]).includes(item.upper) &&
      !isSymbol(items[index - 1], '.') &&
      !isDistinctFrom(items, index)
    ) {
      const clause = item.upper as Clause
      if (clauses.has(clause)) return undefined
      current = []
      clauses.set(clause, current)
      continue
    }
    current.push(item)
  }
  return clauses
}

function readFrom(
  items: readonly Syntax[],
  dialect: Dialect,
): { readonly relations: readonly Relation[]; readonly filters: readonly Syntax[] } | undefined {
  const relations: Relation[] = []
  let rest = items
  let join: Relation['join'] = 'inner'
  const filters: Syntax[] = []
  if (rest.length === 0) return { relations, filters }
  for (;;) {
    const name = dottedName(rest, isWord(rest[0], 'ONLY') ? 1 : 0)
    if (name === undefined || rest[name.next]?.kind === 'group') return undefined
    let next = name.next
    if (isWord(rest[next], 'AS')) next++
    let alias: Identifier = name.parts.at(-1) as Identifier
    if (rest[next] !== undefined && !isWord(rest[next], ...NO_ALIAS) && !isSymbol(rest[next], ',')) {
      const given = identifierOf(rest[next])
      if (given === undefined) return undefined
      alias = given
      next++
    }
    let on: readonly Syntax[] = []
    if (isWord(rest[next], 'ON')) {
      const end = joinAt(rest, next + 1)
      on = rest.slice(next + 1, end)
      next = end
    } else if (isWord(rest[next], 'USING')) {
      return undefined
    }
    if (join === 'inner') filters.push(...on)
    const branches = readCondition(on, dialect)
    const only: Branch = branches.length === 1 ? (branches[0] as Branch) : { pins: [], links: [] }
    const onlyLinked = isLink(on, dialect)
    relations.push({ name: relationName(name.parts), alias: folded(alias, dialect), join, on: only, onlyLinked })
    if (next >= rest.length) return { relations, filters }
    const following = readJoin(rest, next)
    if (following === undefined) return undefined
    join = following.join
    rest = rest.slice(following.next)
  }
}

/** Whether a condition is the equality of two columns, and nothing else. */
function isLink(items: readonly Syntax[], dialect: Dialect): boolean {
  const left = columnUse(items, 0, dialect)
  if (left === undefined || !isSymbol(items[left.next], '=')) return false
  return columnUse(items, left.next + 1, dialect)?.next === items.length
}

function joinAt(items: readonly Syntax[], from: number): number {
  const index = items.findIndex((item, at) => at >= from && (isWord(item, ...JOIN_WORDS) || isSymbol(item, ',')))
  return index === -1 ? items.length : index
}

function readJoin(
  items: readonly Syntax[],
  at: number,
): { readonly join: Relation['join']; readonly next: number } | undefined {
  if (isSymbol(items[at], ',')) return { join: 'inner', next: at + 1 }
  if (isWord(items[at], 'JOIN')) return { join: 'inner', next: at + 1 }
  if (isWord(items[at], 'INNER', 'CROSS') && isWord(items[at + 1], 'JOIN')) return { join: 'inner', next: at + 2 }
  if (!isWord(items[at], 'LEFT')) return undefined
  const outer = isWord(items[at + 1], 'OUTER') ? 1 : 0
  return isWord(items[at + 1 + outer], 'JOIN') ? { join: 'outer', next: at + 2 + outer } : undefined
}

function isPlain(selected: readonly Syntax[], clauses: ReadonlyMap<Clause, readonly Syntax[]>): boolean {
  if (clauses.has('GROUP') || clauses.has('HAVING') || clauses.has('WINDOW')) return false
  // A call may be an aggregate, a subquery reads more than the row.
  return !selected.some((item) => isWord(item, 'DISTINCT', 'OVER') || item.kind === 'group')
}

function outputsOf(selected: readonly Syntax[], dialect: Dialect): ReadonlyMap<string, string> {
  const outputs = new Map<string, string>()
  const names = new Set<string>()
  const twice = new Set<string>()
  for (const part of splitAt(selected, (item) => isSymbol(item, ','))) {
    // What a star stands for may have any name, also one that is given to something else.
    if (isSymbol(part.at(-1), '*')) return new Map()
    const last = identifierOf(part.at(-1))
    const output = last === undefined ? undefined : dialect === 'postgres' ? folded(last, dialect) : last.text
    if (output === undefined) continue
    if (names.has(output)) twice.add(output)
    names.add(output)
    const column = columnUse(part, 0, dialect)
    if (column?.use.alias === undefined) continue
    const named = isWord(part[column.next], 'AS') ? column.next + 1 : column.next
    if (part.length !== column.next && part.length !== named + 1) continue
    outputs.set(`${column.use.alias}.${folded(column.use.column, dialect)}`, output)
  }
  // Of two columns of one name a row holds only one.
  for (const [column, output] of outputs) if (twice.has(output)) outputs.delete(column)
  return outputs
}

function refusalOf(
  items: readonly Syntax[],
  how: { readonly clauses: ReadonlyMap<Clause, readonly Syntax[]> | undefined; readonly dialect: Dialect },
): string | undefined {
  const { clauses, dialect } = how
  if (clauses?.has('FOR') === true || clauses?.has('LOCK') === true) return 'it locks rows'
  if (clauses?.has('INTO') === true || clauses?.has('PROCEDURE') === true) return 'it writes'
  const unsteady = [...UNSTEADY_WORDS, ...MORE_UNSTEADY_WORDS[dialect]]
  for (const level of [items, ...[...groupsIn(items)].map((group) => group.items)]) {
    for (const [index, item] of level.entries()) {
      const dotted = isSymbol(level[index - 1], '.') || isSymbol(level[index + 1], '.')
      if (!dotted && isWord(item, ...unsteady)) return 'its answer changes with time or user'
      if (dialect === 'postgres' && item.kind === 'string' && tellsTime(item.text))
        return 'its answer changes with time'
      if (dialect === 'mysql' && isSymbol(item, '@')) return 'it uses a variable of the session'
      if (isWord(item, 'FOR') && isWord(level[index + 1], 'UPDATE', 'SHARE', 'NO', 'KEY')) return 'it locks rows'
      if (isWord(item, 'TABLESAMPLE')) return 'it takes a random sample'
    }
  }
  return undefined
}

function hasTwice(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}
