import { startMariadb, startPostgres } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import type { DataSourceOptions } from 'typeorm'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'

/** A database to test on: a server of its own, or a share of one that runs elsewhere. */
export interface TestDatabase extends AsyncDisposable {
  readonly options: DataSourceOptions
}

/** How to get each kind. */
export const databases: Readonly<Record<'sqljs' | 'postgres' | 'mariadb', () => Promise<TestDatabase>>> = {
  async sqljs() {
    return { options: { type: 'sqljs' }, [Symbol.asyncDispose]: async () => {} }
  },

  async postgres() {
    const server = await startPostgres()
    const database = databaseName()
    await onPostgres(server, `CREATE DATABASE ${database}`)
    const url = new URL(server.url)
    url.pathname = `/${database}`
    return {
      options: { type: 'postgres', url: url.href },
      async [Symbol.asyncDispose]() {
        await onPostgres(server, `DROP DATABASE ${database} WITH (FORCE)`)
        await server.stop()
      },
    }
  },

  async mariadb() {
    const server = await startMariadb()
    const database = databaseName()
    await onMariadb(server, `CREATE DATABASE ${database}`)
    const url = new URL(server.url)
    url.pathname = `/${database}`
    return {
      options: { type: 'mariadb', url: url.href, timezone: 'Z', supportBigNumbers: true },
      async [Symbol.asyncDispose]() {
        await onMariadb(server, `DROP DATABASE ${database}`)
        await server.stop()
      },
    }
  },
}

let made = 0

/** Unique among the test files that may share a server. */
function databaseName(): string {
  return `larder_${process.pid}_${++made}`
}

async function onPostgres(server: ServerHandle, sql: string): Promise<void> {
  const client = new Client({ connectionString: server.url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

async function onMariadb(server: ServerHandle, sql: string): Promise<void> {
  const connection = await createConnection(server.url)
  await connection.query(sql)
  await connection.end()
}
