import type { Dialect } from '../sql/dialect.ts'
import { dottedName, folded } from '../sql/name.ts'
import type { Identifier } from '../sql/name.ts'
import { isSymbol, isWord, splitAt } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'

/** A value in a statement: written there, or given with it. `elements`: the parameter is an array, and the value each of its elements. */
export type ValueSource =
  | { readonly kind: 'literal'; readonly value: string | number | bigint | boolean | null }
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'elements'; readonly index: number }
  /** What the column gets where nothing is said. */
  | { readonly kind: 'default' }

/** A column as a condition names it. */
export interface ColumnUse {
  /** The alias in front of it, folded. */
  readonly alias: string | undefined
  readonly column: Identifier
}

/** "The column is one of these values." */
export interface Pin {
  readonly use: ColumnUse
  readonly values: readonly ValueSource[]
  /** Whether NULL is meant (IS NULL); an `=` never matches one. */
  readonly isNull: boolean
}

/** "The two columns are equal." */
export interface Link {
  readonly left: ColumnUse
  readonly right: ColumnUse
}

/** What must hold at once; what is not understood is left out, which makes it weaker. */
export interface Branch {
  readonly pins: readonly Pin[]
  readonly links: readonly Link[]
}

/** Branches of which one must hold. More than this many count as no condition at all. */
const MOST_BRANCHES = 16

const ANYTHING: readonly Branch[] = [{ pins: [], links: [] }]

/** Keywords that bind looser than AND, or differently in each dialect: a condition with one of them is not understood. */
const STRANGE_WORDS = ['XOR', 'ESCAPE'] as const

/** A condition as branches that together hold wherever it does. */
export function readCondition(items: readonly Syntax[], dialect: Dialect): readonly Branch[] {
  if (items.some((item) => isWord(item, ...STRANGE_WORDS))) return ANYTHING
  // In MySQL these are OR and AND, of their own precedence.
  if (dialect === 'mysql' && items.some((item) => isSymbol(item, '||') || isSymbol(item, '&&'))) return ANYTHING
  const parts = splitAt(items, (item) => isWord(item, 'OR'))
  const branches: Branch[] = []
  for (const part of parts) {
    branches.push(...readConjunction(part, dialect))
    if (branches.length > MOST_BRANCHES) return ANYTHING
  }
  return branches
}

function readConjunction(items: readonly Syntax[], dialect: Dialect): readonly Branch[] {
  let branches = ANYTHING
  for (const part of splitAtAnd(items)) {
    const alternatives = readTerm(part, dialect)
    if (alternatives.length * branches.length > MOST_BRANCHES) continue
    branches = branches.flatMap((branch) =>
      alternatives.map((other) => ({
        pins: [...branch.pins, ...other.pins],
        links: [...branch.links, ...other.links],
      })),
    )
  }
  return branches
}

/** The AND of `BETWEEN x AND y` separates nothing. */
function splitAtAnd(items: readonly Syntax[]): readonly (readonly Syntax[])[] {
  let between = 0
  return splitAt(items, (item) => {
    if (isWord(item, 'BETWEEN')) between++
    if (!isWord(item, 'AND')) return false
    if (between === 0) return true
    between--
    return false
  })
}

function readTerm(items: readonly Syntax[], dialect: Dialect): readonly Branch[] {
  const [only] = items
  if (items.length === 1 && only?.kind === 'group' && only.open === '(') {
    return isWord(only.items[0], 'SELECT', 'WITH', 'VALUES') ? ANYTHING : readCondition(only.items, dialect)
  }
  const left = columnUse(items, 0, dialect)
  if (left !== undefined) {
    const operator = items[left.next]
    if (isSymbol(operator, '=')) return equality(left.use, items.slice(left.next + 1), dialect)
    if (isWord(operator, 'IN')) return membership(left.use, items.slice(left.next + 1))
    if (isWord(operator, 'IS') && isWord(items[left.next + 1], 'NULL') && items.length === left.next + 2)
      return [{ pins: [{ use: left.use, values: [{ kind: 'literal', value: null }], isNull: true }], links: [] }]
    return ANYTHING
  }
  const value = readValue(items.slice(0, 1))
  if (value === undefined || !isSymbol(items[1], '=')) return ANYTHING
  const right = columnUse(items, 2, dialect)
  return right?.next === items.length ? pinned(right.use, [value]) : ANYTHING
}

function equality(use: ColumnUse, right: readonly Syntax[], dialect: Dialect): readonly Branch[] {
  const value = readValue(right)
  if (value !== undefined) return pinned(use, [value])
  const [first, group] = right
  if (right.length === 2 && isWord(first, 'ANY') && group?.kind === 'group' && group.items.length === 1) {
    const [parameter] = group.items
    if (parameter?.kind === 'parameter' && parameter.index !== undefined)
      return pinned(use, [{ kind: 'elements', index: parameter.index }])
  }
  const other = columnUse(right, 0, dialect)
  return other?.next === right.length ? [{ pins: [], links: [{ left: use, right: other.use }] }] : ANYTHING
}

function membership(use: ColumnUse, right: readonly Syntax[]): readonly Branch[] {
  const [list] = right
  if (right.length !== 1 || list?.kind !== 'group' || list.open !== '(') return ANYTHING
  const values: ValueSource[] = []
  for (const part of splitAt(list.items, (item) => isSymbol(item, ','))) {
    const value = readValue(part)
    if (value === undefined) return ANYTHING
    values.push(value)
  }
  return pinned(use, values)
}

function pinned(use: ColumnUse, values: readonly ValueSource[]): readonly Branch[] {
  return [{ pins: [{ use, values, isNull: false }], links: [] }]
}

/** The value that the items are, if they are one: a literal or a parameter. */
export function readValue(items: readonly Syntax[]): ValueSource | undefined {
  const [first, second] = items
  if (items.length === 2 && isSymbol(first, '-') && second?.kind === 'number')
    return { kind: 'literal', value: numberOf(`-${second.text}`) }
  if (items.length !== 1 || first === undefined) return undefined
  switch (first.kind) {
    case 'parameter':
      return first.index === undefined ? undefined : { kind: 'parameter', index: first.index }
    case 'string':
      return first.plain ? { kind: 'literal', value: first.text } : undefined
    case 'number':
      return { kind: 'literal', value: numberOf(first.text) }
    case 'word':
      if (first.upper === 'DEFAULT') return { kind: 'default' }
      if (first.upper === 'NULL') return { kind: 'literal', value: null }
      return first.upper === 'TRUE' || first.upper === 'FALSE'
        ? { kind: 'literal', value: first.upper === 'TRUE' }
        : undefined
    case 'group':
      return first.open === '(' ? readValue(first.items) : undefined
    case 'quoted':
    case 'symbol':
      return undefined
    default:
      return first satisfies never
  }
}

function numberOf(text: string): number | bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text)
}

/** The column that is named at `from`, and where its name ends. */
export function columnUse(
  items: readonly Syntax[],
  from: number,
  dialect: Dialect,
): { readonly use: ColumnUse; readonly next: number } | undefined {
  const name = dottedName(items, from)
  if (name === undefined) return undefined
  const [column, alias] = [name.parts.at(-1) as Identifier, name.parts.at(-2)]
  if (alias === undefined && isWord(items[from], 'NOT', 'NULL', 'TRUE', 'FALSE', 'EXISTS', 'DEFAULT', 'INTERVAL'))
    return undefined
  return { use: { alias: alias === undefined ? undefined : folded(alias, dialect), column }, next: name.next }
}
