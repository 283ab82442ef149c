import { describe, expect, it } from 'vitest'
import { StatementReader } from '../src/index.ts'
import type { Dialect } from '../src/index.ts'

/** `+name` for a setting that is altered, `-name` for one that is reset. */
function session(sql: string, dialect: Dialect): readonly string[] {
  return new StatementReader(dialect).read(sql).flatMap((statement) => {
    if (statement.kind !== 'session') return statement.kind === 'query' ? ['query'] : []
    if (statement.names !== 'all')
      return statement.names.map((name) => (statement.change === 'alter' ? '+' : '-') + name)
    return [`-all but ${statement.except.join(', ')}`]
  })
}

describe('#13 what alters a session', () => {
  it.each<[string, readonly string[], Dialect?]>([
    [`SET search_path TO a, b`, ['+search_path']],
    [`SET SESSION "App.Tenant" = '1'`, ['+app.tenant']],
    [`SET app.tenant TO DEFAULT`, ['+app.tenant']],
    [`SET LOCAL app.tenant = '1'`, []],
    [`SET statement_timeout = 5`, []],
    [`SET TIME ZONE 'UTC'`, ['+timezone']],
    [`SET ROLE reader`, ['+role']],
    [`SET SESSION AUTHORIZATION reader`, ['+session authorization']],
    [`RESET app.tenant`, ['-app.tenant']],
    [`RESET ROLE`, ['-role']],
    [`RESET ALL`, ['-all but role, session authorization, temporary tables']],
    [`DISCARD ALL`, ['-all but ']],
    [`DISCARD TEMP`, ['-temporary tables']],
    [`DISCARD PLANS`, []],
    [`CREATE TEMP TABLE x (y int)`, ['+temporary tables']],
    [`SELECT set_config('app.tenant', '1', false)`, ['+set_config']],
    [`SELECT set_config('app.tenant', '1', true)`, ['query']],
    [`USE other`, ['+use'], 'mysql'],
    [`SET @x = 1`, ['+unnamed'], 'mysql'],
    [`SET LOCAL sql_mode = 'ANSI'`, ['+sql_mode'], 'mysql'],
    [`RESET QUERY CACHE`, [], 'mysql'],
    [`PRAGMA case_sensitive_like = 1`, ['+pragma case_sensitive_like'], 'sqlite'],
    [`PRAGMA case_sensitive_like(1)`, ['+pragma case_sensitive_like'], 'sqlite'],
    [`PRAGMA foreign_keys = OFF`, [], 'sqlite'],
    [`PRAGMA "main".table_xinfo("post")`, [], 'sqlite'],
    [`PRAGMA encoding`, [], 'sqlite'],
  ])('%s', (sql, expected, dialect = 'postgres') => {
    expect(session(sql, dialect)).toEqual(expected)
  })
})
