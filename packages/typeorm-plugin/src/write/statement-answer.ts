import type { Statement, WriteAnswer } from '@larder/query-tags'
import type { Row } from '../rows/packed-rows.ts'

/** What a driver gave back for a statement, as one of TypeORM's query runners passes it on. */
export type Given = { readonly from: 'structured' | 'plain' | 'event'; readonly result: unknown }

/** What a change answered about its rows; `undefined` if nothing certain. Works for results with and without structure, and for those of events. */
export function answerOf(statement: Statement, given: Given): WriteAnswer | undefined {
  const [write, ...more] = statement.kind === 'write' ? statement.writes : []
  if (write === undefined || more.length > 0 || !('returning' in write)) return undefined
  if (write.returning.kind === 'columns') {
    const rows = rowsOf(given)
    return rows === undefined ? undefined : { rows }
  }
  const insertedId = write.kind === 'insert' ? insertedIdOf(given) : undefined
  return insertedId === undefined ? undefined : { insertedId }
}

/** The rows of a result: TypeORM gives `[rows, count]` for an UPDATE or DELETE on PostgreSQL, else the rows. */
export function rowsOf({ result }: Given): Row[] | undefined {
  const records = part(result, 'records') ?? part(result, 'rows') ?? result
  if (!Array.isArray(records)) return undefined
  const [first] = records as unknown[]
  const rows: unknown = Array.isArray(first) ? first : records
  return (rows as unknown[]).every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))
    ? (rows as Row[])
    : undefined
}

/** The number that the database gave to a row: `insertId` of MySQL, the bare `lastInsertRowid` of better-sqlite3. */
function insertedIdOf({ result, from }: Given): number | bigint | string | undefined {
  const raw = from === 'structured' ? part(result, 'raw') : result
  const id = part(raw, 'insertId') ?? raw
  if (typeof id === 'number' || typeof id === 'bigint') return id === 0 || id === 0n ? undefined : id
  return typeof id === 'string' && /^\d+$/.test(id) ? id : undefined
}

function part(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Row)[name] : undefined
}
