import { dottedName, relationName } from '../sql/name.ts'
import type { RelationName } from '../sql/name.ts'
import { groupsIn, isSymbol, isWord } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'

/** Words that join whole queries. */
export const SET_OPERATIONS = ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'] as const

/** The names after every FROM and JOIN, at any depth. */
export function relationsAnywhere(items: readonly Syntax[]): {
  readonly names: readonly RelationName[]
  readonly refusal: string | undefined
} {
  const names: RelationName[] = []
  let refusal: string | undefined
  for (const level of [items, ...[...groupsIn(items)].map((group) => group.items)]) {
    const found = relationsOn(level)
    names.push(...found.names)
    refusal ??= found.refusal
  }
  return { names, refusal }
}

/** The same, without those of this level. */
export function relationsBelow(items: readonly Syntax[]): readonly RelationName[] {
  return [...groupsIn(items)].flatMap((group) => relationsOn(group.items).names)
}

/** The names after FROM and JOIN on one level, commas included. */
function relationsOn(items: readonly Syntax[]): {
  readonly names: readonly RelationName[]
  readonly refusal: string | undefined
} {
  const names: RelationName[] = []
  let refusal: string | undefined
  // EXTRACT(year FROM x), TRIM(x FROM y), SUBSTRING(x FROM 1): a FROM without a SELECT in front of it names no relation.
  const query =
    isWord(items[0], 'SELECT', 'WITH', 'VALUES', 'TABLE', 'DELETE', 'UPDATE', 'INSERT', 'MERGE', 'REPLACE') ||
    isJoinGroup(items)
  let inFrom = isJoinGroup(items)
  let expected = inFrom
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (expected) {
      while (isWord(items[index], 'ONLY', 'LATERAL')) index++
      const name = dottedName(items, index)
      if (name !== undefined) {
        // A function that gives rows is judged as a function.
        const call = items[name.next]
        if (!(call?.kind === 'group' && call.open === '(' && !isWord(items[name.next - 1], 'USING')))
          names.push(relationName(name.parts))
        index = name.next - 1
      } else if (items[index]?.kind !== 'group') refusal = 'its FROM cannot be read'
      expected = false
      continue
    }
    if (!query) continue
    if (isWord(item, 'FROM') && !isDistinctFrom(items, index)) expected = inFrom = true
    else if (isWord(item, 'TABLE') && index === 0) expected = true
    else if (isWord(item, 'JOIN', 'STRAIGHT_JOIN')) expected = true
    else if (inFrom && isSymbol(item, ',')) expected = true
    else if (
      isWord(
        item,
        'WHERE',
        'GROUP',
        'HAVING',
        'ORDER',
        'LIMIT',
        'OFFSET',
        'FETCH',
        'FOR',
        'WINDOW',
        'SET',
        'RETURNING',
        ...SET_OPERATIONS,
      )
    )
      inFrom = false
  }
  return { names, refusal }
}

/** A parenthesised join: `FROM (a JOIN b ON …)`. */
function isJoinGroup(items: readonly Syntax[]): boolean {
  return !isWord(items[0], 'SELECT', 'WITH') && items.some((item) => isWord(item, 'JOIN'))
}

/** Whether the FROM there is that of IS DISTINCT FROM. */
export function isDistinctFrom(items: readonly Syntax[], index: number): boolean {
  return isWord(items[index - 1], 'DISTINCT') && isWord(items[index - 2], 'IS', 'NOT')
}
