import type { Dialect } from '../sql/dialect.ts'
import { dottedName, folded } from '../sql/name.ts'
import { isWord } from '../sql/syntax.ts'
import type { Syntax } from '../sql/syntax.ts'
import type { Statement } from './statement.ts'

/** Stands for temporary tables among the names of what a session altered. */
export const TEMPORARY_TABLES = 'temporary tables'

/** What is neither a setting that RESET ALL sets back, nor undone with another. */
const ROLES = ['role', 'session authorization'] as const
/** Settings that change neither what a statement reads nor how its answer looks. */
const HARMLESS_SETTINGS =
  /^(statement_timeout|lock_timeout|idle_in_transaction_session_timeout|application_name|client_min_messages|work_mem|transaction|constraints|session characteristics)/
/** The same in SQLite, and questions. Without checks of foreign keys a change has fewer consequences. */
const HARMLESS_PRAGMAS =
  /^(foreign_keys|defer_foreign_keys|journal_mode|journal_size_limit|synchronous|busy_timeout|cache_size|cache_spill|temp_store|mmap_size|page_size|wal_autocheckpoint|auto_vacuum|locking_mode|user_version|application_id|secure_delete|threads|table_x?info|table_list|index_list|index_x?info|foreign_key_list|foreign_key_check|integrity_check|quick_check|wal_checkpoint|incremental_vacuum|trusted_schema|cell_size_check|optimize|analysis_limit)$/i

/** What RESET, DISCARD, USE and PRAGMA do to a session; `undefined` for other statements. */
export function sessionChange(items: readonly Syntax[], dialect: Dialect): Statement | undefined {
  const [first, second] = items
  if (isWord(first, 'USE')) return { kind: 'session', change: 'alter', names: ['use'] }
  if (isWord(first, 'PRAGMA')) return pragma(items)
  // In MySQL it is about the server.
  if (isWord(first, 'RESET')) return dialect === 'postgres' ? reset(items, dialect) : { kind: 'harmless' }
  if (!isWord(first, 'DISCARD')) return undefined
  if (isWord(second, 'ALL')) return { kind: 'session', change: 'reset', names: 'all', except: [] }
  return isWord(second, 'TEMP', 'TEMPORARY')
    ? { kind: 'session', change: 'reset', names: [TEMPORARY_TABLES] }
    : { kind: 'harmless' }
}

/** What SET does. */
export function readSetting(items: readonly Syntax[], dialect: Dialect): readonly Statement[] {
  // In PostgreSQL it lasts as long as the transaction, in which nothing is cached.
  if (dialect === 'postgres' && isWord(items[1], 'LOCAL')) return [{ kind: 'harmless' }]
  let at = 1
  while (isWord(items[at], 'SESSION', 'LOCAL') && !isWord(items[at + 1], 'CHARACTERISTICS', 'AUTHORIZATION')) at++
  const text = items
    .slice(at, at + 2)
    .map((item) => (item.kind === 'word' ? item.text : ''))
    .join(' ')
    .toLowerCase()
  if (dialect === 'mysql' && text.startsWith('autocommit')) {
    const off = items.some((item) => (item.kind === 'number' && item.text === '0') || isWord(item, 'OFF', 'FALSE'))
    // Switching it on commits.
    return [
      {
        kind: 'transaction',
        step: off ? { kind: 'begin', autocommit: false } : { kind: 'commit', chain: false, autocommit: true },
      },
    ]
  }
  if (HARMLESS_SETTINGS.test(text)) return [{ kind: 'harmless' }]
  return [{ kind: 'session', change: 'alter', names: [settingName(items, at, dialect)] }]
}

function reset(items: readonly Syntax[], dialect: Dialect): Statement {
  if (isWord(items[1], 'ALL'))
    return { kind: 'session', change: 'reset', names: 'all', except: [...ROLES, TEMPORARY_TABLES] }
  return { kind: 'session', change: 'reset', names: [settingName(items, 1, dialect)] }
}

function pragma(items: readonly Syntax[]): Statement {
  const name = dottedName(items, 1)
  const setting = name?.parts.at(-1)?.text ?? ''
  // PRAGMA x = y is PRAGMA x(y); some of the latter ask about y.
  const sets = name !== undefined && items.length > name.next
  return sets && !HARMLESS_PRAGMAS.test(setting)
    ? { kind: 'session', change: 'alter', names: [`pragma ${setting.toLowerCase()}`] }
    : { kind: 'harmless' }
}

/** The setting's name as RESET and SET have it in common. */
function settingName(items: readonly Syntax[], at: number, dialect: Dialect): string {
  if (isWord(items[at], 'TIME') && isWord(items[at + 1], 'ZONE')) return 'timezone'
  if (isWord(items[at], 'SESSION') && isWord(items[at + 1], 'AUTHORIZATION')) return 'session authorization'
  const name = dottedName(items, at)
  // Settings ignore case, quoted or not.
  return name === undefined ? 'unnamed' : name.parts.map((part) => folded(part, dialect).toLowerCase()).join('.')
}
