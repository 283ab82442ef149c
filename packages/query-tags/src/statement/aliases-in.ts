import type { Dialect } from '../sql/dialect.ts'
import { dottedName, folded } from '../sql/name.ts'
import type { Identifier } from '../sql/name.ts'
import { groupsIn } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'

/** Words in conditions and orders that are no names of columns. */
const PLAIN_WORDS = new Set(
  'AND OR NOT IN IS NULL LIKE ILIKE BETWEEN ASC DESC TRUE FALSE NULLS FIRST LAST BY EXISTS ANY ALL SOME DISTINCT ESCAPE'.split(
    ' ',
  ),
)

/** The relations whose columns are named, at any depth; `undefined` if a name occurs that could belong to any of them. */
export function aliasesIn(
  items: readonly Syntax[],
  how: { readonly dialect: Dialect; readonly outputs: ReadonlyMap<string, string> },
): ReadonlySet<string> | undefined {
  const { dialect, outputs } = how
  const aliases = new Set<string>()
  const owners = new Map([...outputs].map(([column, name]) => [name, column.slice(0, column.indexOf('.'))]))
  for (const level of [items, ...[...groupsIn(items)].map((group) => group.items)]) {
    for (let index = 0; index < level.length; index++) {
      const name = dottedName(level, index)
      if (name === undefined) continue
      const alias = name.parts.at(-2)
      const bare = name.parts[0] as Identifier
      if (alias !== undefined) aliases.add(folded(alias, dialect))
      else if (bare.quoted || !PLAIN_WORDS.has(bare.text.toUpperCase())) {
        const owner = owners.get(bare.text)
        if (owner === undefined) return undefined
        aliases.add(owner)
      }
      index = name.next - 1
    }
  }
  return aliases
}
