import type { Catalog, Statement, Write } from '@larder/query-tags'
import { rowsOf } from './statement-answer.ts'
import type { Given } from './statement-answer.ts'

/** A text to send instead of another: the same change, which also answers the keys of its rows. */
export interface Asking {
  readonly sql: string
  readonly statements: readonly Statement[]
}

/** Data sources whose runners give rows for any statement, so that a RETURNING does not change how they treat it. */
const ABLE: ReadonlySet<string> = new Set(['postgres', 'sqljs'])

/**
 * The same statement with a RETURNING of the columns that schemes and referring tables need, where that is worth it: a change by primary key whose
 * other values are not known.
 */
export function askForRows(
  what: { readonly catalog: Catalog; readonly statements: readonly Statement[]; readonly sql: string },
  how: {
    readonly type: string
    readonly tags: ReadonlySet<string>
    readonly primaryKeys: (table: string) => readonly string[]
  },
): Asking | undefined {
  const [statement] = what.statements
  if (
    what.statements.length !== 1 ||
    statement?.kind !== 'write' ||
    statement.writes.length !== 1 ||
    !ABLE.has(how.type)
  )
    return undefined
  const write = statement.writes[0] as Write
  if (!('returning' in write) || write.returning.kind !== 'none' || write.returning.at === undefined) return undefined
  if (![...how.tags].some((tag) => tag.startsWith('w:'))) return undefined
  const [table, ...others] = what.catalog.find(write.table)
  if (table === undefined || others.length > 0) return undefined
  const keys = how.primaryKeys(table.id)
  if (!concernsFewRows(write, keys, how.type)) return undefined
  const names = new Set(table.schemes.flatMap((scheme) => scheme.columns))
  for (const { key } of what.catalog.referrers(table)) for (const column of key.references.columns) names.add(column)
  const columns = [...names].map((name) => table.columns.get(name)?.name ?? name)
  if (columns.length === 0) return undefined
  const { at } = write.returning
  const list = columns.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ')
  return {
    sql: `${what.sql.slice(0, at)} RETURNING ${list}${what.sql.slice(at)}`,
    statements: [
      {
        ...statement,
        writes: [
          {
            ...write,
            returning: {
              kind: 'columns',
              columns: new Map([...names].map((name, index) => [name, columns[index] as string])),
            },
          },
        ],
      },
    ],
  }
}

/** Takes the rows that were asked for out of a result, so that its caller gets what it would have got; answers them. */
export function takeRows(given: Given): Given {
  const rows = rowsOf(given)
  return rows === undefined ? given : { from: 'event', result: rows.splice(0) }
}

/** Changes of everything could answer millions of rows. */
function concernsFewRows(write: Write, keys: readonly string[], type: string): boolean {
  if (write.kind === 'insert') return type === 'sqljs' && write.rows?.length === 1 && write.onConflict.kind === 'fail'
  if ((write.kind !== 'update' && write.kind !== 'delete') || keys.length === 0) return false
  return write.condition.every((branch) =>
    keys.every((key) =>
      branch.pins.some(
        (pin) =>
          pin.use.column.text.toLowerCase() === key.toLowerCase() &&
          pin.values.length <= 64 &&
          pin.values.every((value) => value.kind !== 'elements'),
      ),
    ),
  )
}
