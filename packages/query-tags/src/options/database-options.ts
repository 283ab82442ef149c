import type { CacheManager } from '@larder/core'
import type { CacheEvent } from '../observe/cache-event.ts'

/** What must be known to invalidate what a write concerns, whichever ORM makes it. */
export interface DatabaseOptions {
  /** The manager that holds the entries. */
  readonly cache: CacheManager
  /** Names the database: equal for all that use it, in whichever process, by whichever ORM. Default `'main'`. */
  readonly dbId?: string
  /** Tables that triggers or rules change along with another: `{ orders: ['order_audit'] }`. */
  readonly sideEffects?: Readonly<Record<string, readonly string[]>>
  /** The tables behind views that the ORM does not describe: `{ v_sales: ['orders', 'users'] }`. */
  readonly views?: Readonly<Record<string, readonly string[]>>
  /** Tables unknown to the ORM that no cached query reads: writes to them invalidate nothing. Others invalidate everything. */
  readonly ignoredTables?: readonly string[]
  /** Functions of your own: `'steady'` if they only compute or read from their arguments, or the tables that they write. */
  readonly functions?: Readonly<Record<string, 'steady' | readonly string[]>>
  /** Called for failures that no caller hears of. Default: they are dropped. */
  readonly onError?: (error: unknown) => void
  /** Called for everything that happens. */
  readonly onEvent?: (event: CacheEvent) => void
}
