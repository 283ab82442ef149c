import type { ConnectionOptions } from 'node:tls'
import type { IoredisLike } from './client/ioredis-like.ts'
import { checkedHooks } from './hooks/redis-hooks.ts'
import type { RedisHooks } from './hooks/redis-hooks.ts'
import type { RedisServerOptions, RedisTuning } from './redis-options.ts'

const DEFAULT_TIMEOUT_MS = 1000
const DEFAULT_JOURNAL_LENGTH = 10_000

/** Where to connect, as ioredis takes it. */
export interface Connection {
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly db?: number
  readonly username?: string
  readonly password?: string
  readonly tls?: ConnectionOptions
}

/** The options of `redis()`, checked, with defaults filled in. */
export interface ResolvedOptions<Client = IoredisLike> {
  readonly timeoutMs: number
  readonly journalLength: number
  readonly hooks: RedisHooks | undefined
  readonly target:
    { readonly kind: 'client'; readonly client: Client } | { readonly kind: 'server'; readonly connection: Connection }
}

/** Options of any `redis()`: where the server is, or a client of the library that the entry is for. */
export type AnyOptions = RedisServerOptions | (RedisTuning & { readonly client: unknown })

/** Knows a client of one library by its methods; throws `TypeError` for anything else. */
export type Recognise<Client> = (client: unknown) => Client

/** Checks the options of `redis()`; throws `TypeError` for wrong ones. Messages never contain credentials. */
export function resolveOptions(options: AnyOptions): ResolvedOptions
export function resolveOptions<Client>(options: AnyOptions, recognise: Recognise<Client>): ResolvedOptions<Client>
export function resolveOptions(
  options: AnyOptions,
  recognise: Recognise<unknown> = recogniseIoredis,
): ResolvedOptions<unknown> {
  const timeoutMs = positive('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const journalLength = positive('journalLength', options.journalLength ?? DEFAULT_JOURNAL_LENGTH)
  const hooks = checkedHooks(options.hooks)
  if (!('client' in options))
    return { timeoutMs, journalLength, hooks, target: { kind: 'server', connection: resolveConnection(options) } }
  if ('url' in options || 'host' in options || 'path' in options)
    throw new TypeError('redis() takes either a client or a server, not both')
  return { timeoutMs, journalLength, hooks, target: { kind: 'client', client: recognise(options.client) } }
}

function recogniseIoredis(given: unknown): IoredisLike {
  const client = given as Partial<IoredisLike> | null | undefined
  if (typeof client?.callBuffer !== 'function' || typeof client.duplicate !== 'function')
    throw new TypeError(
      '`client` is not an ioredis client: for others, import redis() from @larder/redis/node-redis or @larder/redis/valkey-glide',
    )
  if (client.isCluster === true) throw new TypeError('`client` is a cluster client, which redis() does not support')
  return client as IoredisLike
}

function resolveConnection(options: RedisServerOptions): Connection {
  const { host, port, path, db, username, password, tls } = options
  const given = defined({
    host,
    port,
    path,
    db,
    username,
    password,
    tls: tls === true ? {} : tls === false ? undefined : tls,
  })
  if (options.url === undefined) return located(given)
  const parsed = connectionOf(options.url)
  for (const name of ['host', 'port', 'path', 'db', 'username', 'password'] as const) {
    if (name in parsed && name in given)
      throw new TypeError(`redis() got \`${name}\` twice: in \`url\` and as an option`)
  }
  if (tls === false && 'tls' in parsed) throw new TypeError('redis() got `tls: false` with a rediss: URL')
  return located({ ...parsed, ...given })
}

/** A server is in one place. */
function located(connection: Connection): Connection {
  if ('path' in connection && ('host' in connection || 'port' in connection))
    throw new TypeError('redis() takes either a unix socket or host and port, not both')
  return connection
}

function connectionOf(text: string): Connection {
  // A URL that does not parse is not quoted, nor kept as a cause: it may hold a password.
  const url = URL.canParse(text) ? new URL(text) : undefined
  const socket = url?.protocol === 'unix:' && url.hostname === '' && url.pathname.length > 1
  if (url === undefined || (!socket && (!/^rediss?:$/.test(url.protocol) || url.hostname === '')))
    throw new TypeError('`url` is not a redis://, rediss:// or unix:// URL')
  if (url.search !== '' || url.hash !== '')
    throw new TypeError('`url` has parameters, which redis() does not read: give them as options')
  if (socket) return defined({ path: decodeURIComponent(url.pathname), ...credentialsOf(url) })
  const db = url.pathname.replace(/^\//, '')
  if (!/^\d*$/.test(db)) throw new TypeError('the path of `url` is not the number of a database')
  return defined({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    db: db === '' ? undefined : Number(db),
    ...credentialsOf(url),
    tls: url.protocol === 'rediss:' ? {} : undefined,
  })
}

function credentialsOf(url: URL): Readonly<Record<'username' | 'password', string | undefined>> {
  return {
    username: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
  }
}

/** Leaves out what is `undefined`, so that it does not hide a default. */
function defined(fields: Partial<Record<keyof Connection, unknown>>): Connection {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`\`${name}\` is not a positive whole number`)
  return value
}
