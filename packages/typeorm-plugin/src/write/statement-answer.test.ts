import { StatementReader } from '@larder/query-tags'
import type { Dialect, Statement } from '@larder/query-tags'
import { describe, expect, test } from 'vitest'
import { answerOf } from './statement-answer.ts'

const statement = (sql: string, dialect: Dialect = 'postgres'): Statement =>
  new StatementReader(dialect).read(sql)[0] as Statement

describe('what drivers answer to a change', () => {
  const returning = 'UPDATE post SET title = 1 WHERE id = 1 RETURNING id'
  const insert = 'INSERT INTO post(title) VALUES (1)'
  const rows = [{ id: 1 }]

  test.each([
    ['pg, structured', { from: 'structured', result: { records: rows, raw: [rows, 1], affected: 1 } }],
    ['pg, plain', { from: 'plain', result: [rows, 1] }],
    ['pg, as an event tells it', { from: 'event', result: { rows, rowCount: 1, command: 'UPDATE' } }],
    ['MariaDB and sql.js, plain', { from: 'plain', result: rows }],
  ] as const)('rows of a RETURNING: %s', (_, given) => {
    expect(answerOf(statement(returning), given)).toEqual({ rows })
  })

  test.each([
    ['mysql2, structured', { from: 'structured', result: { raw: { insertId: 7, affectedRows: 1 } } }, 7],
    ['mysql2, plain', { from: 'plain', result: { insertId: 7, affectedRows: 1 } }, 7],
    ['mysql2 with bigNumberStrings', { from: 'plain', result: { insertId: '9007199254740993' } }, '9007199254740993'],
    ['better-sqlite3, structured', { from: 'structured', result: { raw: 7, affected: 1 } }, 7],
    ['better-sqlite3 with safe integers', { from: 'plain', result: 7n }, 7n],
  ] as const)('the id of an inserted row: %s', (_, given, insertedId) => {
    expect(answerOf(statement(insert, 'mysql'), given)).toEqual({ insertedId })
  })

  test.each([
    ['no id was given', insert, { from: 'plain', result: { insertId: 0 } }],
    ['pg without RETURNING', insert, { from: 'plain', result: [] }],
    ['a result of another form', returning, { from: 'plain', result: 'OK' }],
    [
      'a statement of several changes',
      'WITH x AS (DELETE FROM post RETURNING id) DELETE FROM tag RETURNING id',
      { from: 'plain', result: rows },
    ],
    ['a query', 'SELECT 1', { from: 'plain', result: rows }],
  ] as const)('nothing certain: %s', (_, sql, given) => {
    expect(answerOf(statement(sql), given)).toBeUndefined()
  })
})
