import { groupsIn, isSymbol, isWord } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'

/** Words that look like a call when a parenthesis follows. */
const NO_FUNCTION = new Set(
  `AND OR NOT IN ANY ALL SOME EXISTS VALUES AS ON USING WHERE FROM SELECT HAVING BY LIMIT OFFSET OVER FILTER THEN ELSE WHEN CASE BETWEEN LIKE
   ILIKE IS JOIN UNION INTERSECT EXCEPT DISTINCT ROW ARRAY CAST WITHIN GROUP PARTITION ORDER RETURNING SET INTO DEFAULT KEY CONFLICT UPDATE LATERAL
   INTERVAL DECIMAL NUMERIC VARCHAR CHAR CHARACTER TIMESTAMP TIME FLOAT BIT VARYING MATERIALIZED RECURSIVE ONLY SIGNED UNSIGNED BINARY REGEXP
   RLIKE DIV COLLATE PRECISION TIMESTAMPTZ TEXT TABLESAMPLE INDEX SETS CUBE ROLLUP RETURNS`.split(/\s+/),
)
/** The names of all functions that are called, at any depth, folded. */
export function functionsIn(items: readonly Syntax[]): readonly string[] {
  const names = new Set<string>()
  for (const level of [items, ...[...groupsIn(items)].map((group) => group.items)]) {
    level.forEach((item, index) => {
      if (item.kind !== 'group' || item.open !== '(') return
      const before = level[index - 1]
      if (isTableOfInsert(level, index)) return
      if (before?.kind === 'quoted' && !isWord(level[index - 2], 'AS')) names.add(before.text.toLowerCase())
      if (before?.kind === 'word' && !NO_FUNCTION.has(before.upper)) names.add(before.text.toLowerCase())
    })
  }
  return [...names]
}

/** Whether the group is the list of columns after INTO and a table. */
function isTableOfInsert(items: readonly Syntax[], group: number): boolean {
  let at = group - 1
  while (isSymbol(items[at - 1], '.')) at -= 2
  return isWord(items[at - 1], 'INTO', 'TABLE', 'REFERENCES')
}
