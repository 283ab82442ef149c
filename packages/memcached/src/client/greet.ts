import { StoreUnavailableError } from '@larder/core'
import type { Connection } from './connection.ts'

/** What a server says of itself. */
export interface Greeting {
  /** Its item limit, in bytes; `undefined` if it does not tell. */
  readonly itemBytes: number | undefined
}

/**
 * What a new connection begins with: authentication, and whether the server can do what is needed of it.
 * @throws StoreUnavailableError if it cannot: no meta commands (before 1.6), or compare-and-set switched off.
 */
export async function greet(connection: Connection, credentials: string | undefined): Promise<Greeting> {
  if (credentials !== undefined) await authenticate(connection, credentials)
  const [, settings] = await Promise.all([
    connection.send({ line: 'mn', plain: 'line' }).catch((error: Error) => {
      throw new StoreUnavailableError(`${error.message}; meta commands are needed, which Memcached has from 1.6 on`)
    }),
    // Hosted servers may refuse it.
    connection.sendForLines({ line: 'stats settings', plain: 'lines' }).catch(() => []),
  ])
  const told = new Map(settings.map(({ flags }) => [flags[0], flags[1]]))
  if (told.get('cas_enabled') === 'no')
    throw new StoreUnavailableError('the server was started with -C, without compare-and-set, which is needed')
  const itemBytes = Number(told.get('item_size_max'))
  return { itemBytes: Number.isSafeInteger(itemBytes) && itemBytes > 0 ? itemBytes : undefined }
}

async function authenticate(connection: Connection, credentials: string): Promise<void> {
  const data = Buffer.from(credentials)
  try {
    await connection.send({ line: `set auth 0 0 ${data.length}`, data, plain: 'line' })
  } catch {
    throw new StoreUnavailableError('the server refused the credentials: check `username` and `password`')
  }
}
