import type { ConnectionOptions } from 'node:tls'
import type { Backend } from '@larder/core/contracts'
import type { MemcachedOptions } from './memcached-options.ts'
import { parseAddress } from './client/address.ts'
import type { Address } from './client/address.ts'

const DEFAULT_TIMEOUT_MS = 1000
const DEFAULT_ITEM_BYTES = 2 ** 20
/** Below it an entry's header alone may not fit. */
const LEAST_ITEM_BYTES = 4096
const MOST_ITEM_BYTES = 2 ** 30

/** The options of `memcached()`, checked, with defaults filled in. */
export interface ResolvedOptions {
  readonly addresses: readonly Address[]
  readonly journal: Backend | undefined
  readonly timeoutMs: number
  readonly tls: ConnectionOptions | undefined
  /** What authenticates a connection: name and password, a space between them. */
  readonly credentials: string | undefined
  readonly maxItemBytes: number
}

/** Checks the options of `memcached()`; throws `TypeError` for wrong ones. Messages never contain credentials. */
export function resolveOptions(options: MemcachedOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('memcached() takes an object of options')
  const { servers = ['localhost:11211'], journal, tls = false } = options
  return {
    addresses: addressesOf(servers),
    journal: checkJournal(journal),
    timeoutMs: integer('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS, { least: 1, most: 2 ** 31 - 1 }),
    tls: checkTls(tls),
    credentials: credentialsOf(options),
    maxItemBytes: integer('maxItemBytes', options.maxItemBytes ?? DEFAULT_ITEM_BYTES, {
      least: LEAST_ITEM_BYTES,
      most: MOST_ITEM_BYTES,
    }),
  }
}

function addressesOf(servers: readonly string[]): readonly Address[] {
  if (!Array.isArray(servers) || servers.length === 0)
    throw new TypeError('`servers` is not a list of at least one server')
  const addresses = servers.map(parseAddress)
  const names = new Set<string>()
  for (const { name } of addresses) {
    if (names.has(name)) throw new TypeError(`\`servers\` names ${name} twice`)
    names.add(name)
  }
  return addresses
}

function checkJournal(journal: Backend | undefined): Backend | undefined {
  if (journal === undefined) return undefined
  if (typeof journal?.close !== 'function' || journal.journal === undefined)
    throw new TypeError('`journal` is not a backend that has a journal')
  if (journal.journal.manifest.delivery === 'none')
    throw new TypeError(`\`journal\`: the backend ${journal.name} tells nobody of invalidations either`)
  return journal
}

function checkTls(tls: boolean | ConnectionOptions): ConnectionOptions | undefined {
  if (tls === false) return undefined
  if (tls === true) return {}
  if (typeof tls === 'object' && tls !== null) return tls
  throw new TypeError('`tls` is neither a boolean nor an object of options')
}

function credentialsOf({ username, password }: MemcachedOptions): string | undefined {
  if (username === undefined && password === undefined) return undefined
  for (const [name, value] of Object.entries({ username, password })) {
    if (typeof value !== 'string' || value === '') throw new TypeError(`\`${name}\` is missing: give both or neither`)
    if (/[\0\r\n]/.test(value)) throw new TypeError(`\`${name}\` has characters that the protocol cannot carry`)
  }
  if (/ /.test(username as string)) throw new TypeError('`username` has a space, which the protocol cannot carry')
  return `${username} ${password}`
}

function integer(
  name: string,
  value: number,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new TypeError(`\`${name}\` is not a whole number from ${least} to ${most}`)
}
