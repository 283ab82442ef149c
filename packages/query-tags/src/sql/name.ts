import type { Dialect } from './dialect.ts'
import { isSymbol } from './syntax.ts'
import type { Syntax } from './syntax.ts'

/** An identifier as written. */
export interface Identifier {
  readonly text: string
  readonly quoted: boolean
}

/** The name of a relation as written, with its schema if that was given. */
export interface RelationName {
  readonly schema: Identifier | undefined
  readonly name: Identifier
}

/** What an identifier is compared by: PostgreSQL folds those without quotes, the others ignore case. */
export function folded(identifier: Identifier, dialect: Dialect): string {
  return dialect === 'postgres' && identifier.quoted ? identifier.text : identifier.text.toLowerCase()
}

/** The identifier that an item is, if it is one. */
export function identifierOf(item: Syntax | undefined): Identifier | undefined {
  if (item?.kind === 'quoted') return { text: item.text, quoted: true }
  return item?.kind === 'word' ? { text: item.text, quoted: false } : undefined
}

/** The dotted name that starts at `from`, and where it ends; `undefined` if none does. */
export function dottedName(
  items: readonly Syntax[],
  from: number,
): { readonly parts: readonly Identifier[]; readonly next: number } | undefined {
  const first = identifierOf(items[from])
  if (first === undefined) return undefined
  const parts = [first]
  let next = from + 1
  while (isSymbol(items[next], '.')) {
    const part = identifierOf(items[next + 1])
    if (part === undefined) return undefined
    parts.push(part)
    next += 2
  }
  return { parts, next }
}

/** A dotted name as that of a relation. A database in front of the schema is left out. */
export function relationName(parts: readonly Identifier[]): RelationName {
  return { schema: parts.at(-2), name: parts.at(-1) as Identifier }
}
