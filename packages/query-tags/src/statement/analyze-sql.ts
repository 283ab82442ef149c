import type { Dialect } from '../sql/dialect.ts'
import { dottedName, folded, identifierOf, relationName } from '../sql/name.ts'
import { groupsIn, isSymbol, isWord, nest, splitAt } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'
import { tokenize } from '../sql/tokenize.ts'
import { readChange } from './change.ts'
import { readQuery } from './query.ts'
import { relationsAnywhere } from './relations-anywhere.ts'
import { readSetting, sessionChange, TEMPORARY_TABLES } from './session-change.ts'
import type { Query } from './relation.ts'
import type { Statement, TransactionStep, Write } from './statement.ts'

const CHANGES = ['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'MERGE'] as const
const HARMLESS = [
  'SHOW',
  'EXPLAIN',
  'DESCRIBE',
  'DESC',
  'LISTEN',
  'UNLISTEN',
  'NOTIFY',
  'LOCK',
  'UNLOCK',
  'ANALYZE',
  'VACUUM',
  'REINDEX',
  'COMMENT',
  'GRANT',
  'REVOKE',
  'HELP',
  'CHECKPOINT',
  'KILL',
  'CLOSE',
  'OPTIMIZE',
  'FLUSH',
] as const
/** What the statements of a text do. Whatever it cannot read with certainty is `unknown`, which may do anything. */
export function analyzeSql(sql: string, dialect: Dialect): readonly Statement[] {
  const tokens = tokenize(sql, dialect)
  const statements = tokens === undefined ? undefined : nest(tokens)
  if (statements === undefined) return [{ kind: 'unknown', why: 'its text cannot be read with certainty' }]
  return statements.flatMap((items) => {
    const read = analyze(items, dialect)
    return dialect === 'mysql' && commitsByItself(items) ? [step({ kind: 'commit', chain: false }), ...read] : read
  })
}

/** Statements before which MySQL commits what was open. */
const COMMITTING = [
  'ALTER',
  'CREATE',
  'DROP',
  'RENAME',
  'TRUNCATE',
  'LOCK',
  'UNLOCK',
  'GRANT',
  'REVOKE',
  'ANALYZE',
  'OPTIMIZE',
  'REPAIR',
  'FLUSH',
  'LOAD',
  'INSTALL',
  'UNINSTALL',
  'CACHE',
] as const

/** EXPLAIN ANALYZE runs what it explains, as MariaDB's ANALYZE does; not so ANALYZE TABLE, or PostgreSQL's ANALYZE of a table. */
function runsItsStatement(items: readonly Syntax[]): boolean {
  if (isWord(items[0], 'EXPLAIN', 'DESCRIBE', 'DESC'))
    return items.some((item) => isWord(item, 'ANALYZE') || item.kind === 'group')
  return isWord(items[0], 'ANALYZE') && items.some((item) => isWord(item, 'SELECT', 'WITH', ...CHANGES))
}

function commitsByItself(items: readonly Syntax[]): boolean {
  if (items.slice(1, 4).some((item) => isWord(item, 'TEMPORARY')) || runsItsStatement(items)) return false
  return isWord(items[0], ...COMMITTING)
}

function analyze(items: readonly Syntax[], dialect: Dialect): readonly Statement[] {
  const [first, second] = items
  if (first?.kind === 'group') return analyze(unwrap(items), dialect)
  if (first?.kind !== 'word') return [unknown('it begins with no word')]
  if (isWord(first, 'SELECT', 'VALUES', 'TABLE', 'WITH')) return [readOrWrite(items, dialect)]
  if (isWord(first, ...CHANGES)) return [writeOf(items, dialect)]
  const step = transactionStep(items, dialect)
  if (step !== undefined) return step
  if (first.upper === 'TRUNCATE') return [truncate(items)]
  if (first.upper === 'SET') return readSetting(items, dialect)
  const session = sessionChange(items, dialect)
  if (session !== undefined) return [session]
  if (runsItsStatement(items)) return [unknown('it runs the statement that it explains')]
  if (isWord(first, ...HARMLESS)) return [{ kind: 'harmless' }]
  if (
    isWord(first, 'CREATE') &&
    isWord(second, 'INDEX', 'UNIQUE', 'EXTENSION', 'SCHEMA', 'DATABASE', 'TYPE', 'SEQUENCE', 'ROLE', 'USER')
  )
    return [{ kind: 'harmless' }]
  // Tables may trade their names, or their rows.
  if (isWord(first, 'RENAME') || (isWord(first, 'ALTER') && items.some((item) => isWord(item, 'EXCHANGE'))))
    return [unknown('tables trade their rows')]
  if (isWord(first, 'REFRESH', 'ALTER', 'DROP', 'CREATE', 'COPY', 'LOAD')) return [definition(items)]
  return [unknown(`${first.upper} may do anything`)]
}

/** A SELECT, also with common table expressions; some of those write. */
function readOrWrite(items: readonly Syntax[], dialect: Dialect): Statement {
  const inner = [...groupsIn(items)].filter((group) => isWord(group.items[0], ...CHANGES))
  const main = isWord(items[0], 'WITH') ? mainStatement(items) : items
  if (main === undefined) return unknown('its WITH cannot be read')
  const changes = [...inner.map((group) => group.items), ...(isWord(main[0], ...CHANGES) ? [main] : [])]
  if (changes.length > 0) return writesOf(changes, { all: items, dialect })
  const query = isWord(items[0], 'WITH') ? withExpressions(items, main, dialect) : readQuery(items, dialect)
  if (query.functions.includes('set_config') && !setsLocally(items))
    return { kind: 'session', change: 'alter', names: ['set_config'] }
  return { kind: 'query', query }
}

/** Whether every set_config of a query lasts for the transaction only. */
function setsLocally(items: readonly Syntax[]): boolean {
  return [items, ...[...groupsIn(items)].map((group) => group.items)].every((level) =>
    level.every((item, index) => {
      const call = level[index + 1]
      return !isWord(item, 'SET_CONFIG') || (call?.kind === 'group' && isWord(call.items.at(-1), 'TRUE'))
    }),
  )
}

/** What follows the common table expressions: the first word on this level that begins a statement. */
function mainStatement(items: readonly Syntax[]): readonly Syntax[] | undefined {
  const at = items.findIndex(
    (item, index) =>
      index > 0 && isWord(item, 'SELECT', 'VALUES', 'TABLE', ...CHANGES) && items[index - 1]?.kind === 'group',
  )
  return at === -1 ? undefined : items.slice(at)
}

/** A query with common table expressions depends on all they read, whole. */
function withExpressions(items: readonly Syntax[], main: readonly Syntax[], dialect: Dialect): Query {
  const query = readQuery(main, dialect)
  const whole = readQuery([{ kind: 'word', text: 'SELECT', upper: 'SELECT', at: 0, end: 0 }, ...items], dialect)
  const own = new Set(expressionNames(items, dialect))
  const names = relationsAnywhere(items).names
  return {
    ...query,
    relations: [],
    derived: undefined,
    condition: [],
    plainRows: false,
    outputs: new Map(),
    filteredBy: undefined,
    functions: [...new Set([...query.functions, ...whole.functions])].filter((name) => !own.has(name)),
    others: names,
    refusal: query.refusal ?? (whole.refusal === 'it writes' ? undefined : whole.refusal),
    shadows: own,
  }
}

/** The names that WITH gives: each stands before AS and a group, or before a list of columns and those. */
function expressionNames(items: readonly Syntax[], dialect: Dialect): readonly string[] {
  return items.flatMap((item, index) => {
    const name = identifierOf(item)
    const as = items[index + 1]?.kind === 'group' ? index + 2 : index + 1
    return name !== undefined && isWord(items[as], 'AS') ? [folded(name, dialect)] : []
  })
}

function writeOf(items: readonly Syntax[], dialect: Dialect): Statement {
  const nested = [...groupsIn(items)].filter((group) => isWord(group.items[0], ...CHANGES)).map((group) => group.items)
  return writesOf([items, ...nested], { all: items, dialect })
}

function writesOf(
  changes: readonly (readonly Syntax[])[],
  how: { readonly all: readonly Syntax[]; readonly dialect: Dialect },
): Statement {
  const writes: Write[] = []
  for (const change of changes) {
    const write = readChange(change, how.dialect)
    if (write === undefined) return unknown('what it writes cannot be read')
    // Of a statement in a common table expression nobody sees the answer.
    writes.push(changes.length === 1 && change === how.all ? write : withoutAnswer(write))
  }
  return { kind: 'write', writes, functions: readQuery(how.all, how.dialect).functions }
}

function withoutAnswer(write: Write): Write {
  return 'returning' in write ? { ...write, returning: { kind: 'none', at: undefined } } : write
}

function truncate(items: readonly Syntax[]): Statement {
  const start = isWord(items[1], 'TABLE') ? 2 : 1
  const cascade = items.some((item) => isWord(item, 'CASCADE'))
  const end = items.findIndex((item) => isWord(item, 'CASCADE', 'RESTRICT', 'RESTART', 'CONTINUE'))
  const writes: Write[] = []
  for (const part of splitAt(items.slice(start, end === -1 ? items.length : end), (item) => isSymbol(item, ','))) {
    const name = dottedName(part, isWord(part[0], 'ONLY') ? 1 : 0)
    if (name === undefined) return unknown('what it truncates cannot be read')
    writes.push({ kind: 'truncate', table: relationName(name.parts), cascade })
  }
  return { kind: 'write', writes, functions: [] }
}

/** A change of a table's or view's definition or content by other means than rows: every name in it may be the one. */
function definition(items: readonly Syntax[]): Statement {
  if (isWord(items[0], 'CREATE') && items.some((item) => isWord(item, 'FUNCTION', 'PROCEDURE', 'TRIGGER')))
    return { kind: 'harmless' }
  // From here on the name may mean another table on this connection.
  if (isWord(items[0], 'CREATE') && items.slice(0, 4).some((item) => isWord(item, 'TEMP', 'TEMPORARY')))
    return { kind: 'session', change: 'alter', names: [TEMPORARY_TABLES] }
  // COPY … TO and COPY (query) TO read.
  if (
    isWord(items[0], 'COPY') &&
    items.some((item) => isWord(item, 'TO')) &&
    !items.some((item) => isWord(item, 'FROM'))
  )
    return { kind: 'harmless' }
  const at = items.findIndex((item) => isWord(item, 'TABLE', 'VIEW', 'COPY'))
  if (at === -1) return unknown('it changes definitions')
  let next = at + 1
  while (isWord(items[next], 'IF', 'NOT', 'EXISTS', 'ONLY', 'CONCURRENTLY')) next++
  const writes: Write[] = []
  for (const part of splitAt(items.slice(next), (item) => isSymbol(item, ','))) {
    const name = dottedName(part, 0)
    if (name === undefined) break
    writes.push({ kind: isWord(items[0], 'CREATE') ? 'define' : 'rewrite', table: relationName(name.parts) })
    if (!isWord(items[0], 'DROP')) break
  }
  if (writes.length === 0) return unknown('it changes definitions')
  // What depends on the table may go with it.
  if (items.some((item) => isWord(item, 'CASCADE'))) return unknown('it changes definitions and what depends on them')
  return { kind: 'write', writes, functions: [] }
}

function transactionStep(items: readonly Syntax[], dialect: Dialect): readonly Statement[] | undefined {
  const chain = items.some((item, index) => isWord(item, 'CHAIN') && !isWord(items[index - 1], 'NO'))
  const says = (...words: readonly string[]): boolean => words.every((word, index) => isWord(items[index], word))
  if (says('BEGIN') || says('START', 'TRANSACTION')) return [step({ kind: 'begin' })]
  if (says('COMMIT', 'PREPARED')) return [unknown('it commits what another session did')]
  if (says('ROLLBACK', 'PREPARED')) return [{ kind: 'harmless' }]
  // What is prepared may be committed by anybody, at any time: COMMIT PREPARED invalidates everything.
  if (says('PREPARE', 'TRANSACTION')) return [step({ kind: 'commit', chain: false })]
  if (says('COMMIT') || says('END')) return [step({ kind: 'commit', chain })]
  if (says('SAVEPOINT')) return savepoint('savepoint', items[1], dialect)
  if (says('RELEASE')) return savepoint('release', isWord(items[1], 'SAVEPOINT') ? items[2] : items[1], dialect)
  if (!says('ROLLBACK') && !says('ABORT')) return undefined
  const to = items.findIndex((item) => isWord(item, 'TO'))
  if (to === -1) return [step({ kind: 'rollback', chain })]
  return savepoint('rollback-to', isWord(items[to + 1], 'SAVEPOINT') ? items[to + 2] : items[to + 1], dialect)
}

function savepoint(
  kind: 'savepoint' | 'release' | 'rollback-to',
  item: Syntax | undefined,
  dialect: Dialect,
): readonly Statement[] {
  const name = identifierOf(item)
  return [name === undefined ? unknown('its savepoint has no name') : step({ kind, name: folded(name, dialect) })]
}

function unwrap(items: readonly Syntax[]): readonly Syntax[] {
  const [first] = items
  // (SELECT …) UNION (SELECT …): all of it is one query of many parts.
  if (first?.kind !== 'group') return items
  return items.length === 1 ? first.items : [{ kind: 'word', text: 'SELECT', upper: 'SELECT', at: 0, end: 0 }, ...items]
}

function step(transaction: TransactionStep): Statement {
  return { kind: 'transaction', step: transaction }
}

function unknown(why: string): Statement {
  return { kind: 'unknown', why }
}
