import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { startPostgres } from '@larder/testing'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { Client } from 'pg'
import { PrismaPGlite } from 'pglite-prisma-adapter'

/** The databases of the tests. */
export type DatabaseKind = 'sqlite' | 'postgres' | 'pglite'

/** An empty database, and adapters for as many clients as are wanted. */
export interface TestDatabase extends AsyncDisposable {
  readonly kind: DatabaseKind
  readonly adapter: () => SqlDriverAdapterFactory
  /** Of a server. */
  readonly url?: string
}

/**
 * libSQL, which brings its program in its npm package. LARDER_BETTER_SQLITE3 names a folder where `@prisma/adapter-better-sqlite3` is installed: it is taken
 * instead then.
 */
function sqliteAdapter(url: string): SqlDriverAdapterFactory {
  const folder = process.env['LARDER_BETTER_SQLITE3']
  if (folder === undefined) return new PrismaLibSql({ url })
  const { PrismaBetterSqlite3 } = createRequire(join(folder, 'package.json'))('@prisma/adapter-better-sqlite3') as {
    readonly PrismaBetterSqlite3: new (options: { readonly url: string }) => SqlDriverAdapterFactory
  }
  return new PrismaBetterSqlite3({ url })
}

/** How to get each kind. */
export const databases: Readonly<Record<DatabaseKind, () => Promise<TestDatabase>>> = {
  async sqlite() {
    const file = join(tmpdir(), `larder-prisma-${randomUUID()}.db`)
    return {
      kind: 'sqlite',
      adapter: () => sqliteAdapter(`file:${file}`),
      async [Symbol.asyncDispose]() {
        for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(`${file}${suffix}`, { force: true })
      },
    }
  },

  async postgres() {
    const server = await startPostgres()
    const database = `larder_${randomUUID().replaceAll('-', '')}`
    const onServer = async (sql: string): Promise<void> => {
      const client = new Client({ connectionString: server.url })
      await client.connect()
      await client.query(sql)
      await client.end()
    }
    await onServer(`CREATE DATABASE ${database}`)
    const url = new URL(server.url)
    url.pathname = `/${database}`
    return {
      kind: 'postgres',
      url: url.href,
      adapter: () => new PrismaPg({ connectionString: url.href }),
      async [Symbol.asyncDispose]() {
        await onServer(`DROP DATABASE ${database} WITH (FORCE)`)
        await server.stop()
      },
    }
  },

  async pglite() {
    const database = await PGlite.create()
    return {
      kind: 'pglite',
      adapter: () => new PrismaPGlite(database),
      async [Symbol.asyncDispose]() {
        await database.close()
      },
    }
  },
}
