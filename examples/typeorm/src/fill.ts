import type { DataSource } from 'typeorm'
import { articles, authors, comments } from './entities.ts'

const TABLES = ['comment', 'article', 'author'] as const

/** Makes the tables, with a few rows, unless another instance has. */
export async function ensureTables(source: DataSource): Promise<void> {
  await source.transaction(async (tx) => {
    // One instance at a time: they may start together.
    await tx.query('SELECT pg_advisory_xact_lock(4711)')
    const [found] = await tx.query<{ table: string | null }[]>(`SELECT to_regclass('larder_example_author') AS table`)
    if (found?.table === null) await fill(source)
  })
}

/** Makes the tables, with a few rows. */
export async function fill(source: DataSource): Promise<void> {
  await clean(source)
  await source.synchronize()
  const { manager } = source
  await manager.insert(authors, [{ name: 'Ada' }, { name: 'Grace' }])
  await manager.insert(articles, [
    { title: 'On engines', authorId: 1 },
    { title: 'On notes', authorId: 1 },
    { title: 'On compilers', authorId: 2 },
  ])
  await manager.insert(comments, [{ articleId: 1, text: 'first' }])
}

/** Takes them away. */
export async function clean(source: DataSource): Promise<void> {
  for (const table of TABLES) await source.query(`DROP TABLE IF EXISTS larder_example_${table} CASCADE`)
}
