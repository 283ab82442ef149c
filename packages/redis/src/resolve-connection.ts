import type { ConnectionOptions } from 'node:tls'
import type { RedisServerOptions } from './redis-options.ts'

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

/** Checks what says where one server is. Throws `TypeError` for what is wrong or contradicts itself; messages never contain credentials. */
export function resolveConnection(options: RedisServerOptions): Connection {
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
