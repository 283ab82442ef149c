import { startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { databases } from './databases.ts'
import { Post } from './entities.ts'
import { ShopProcess } from './fork-shop.ts'
import { Shop } from './shop.ts'

const ROUNDS = Number(process.env['LARDER_ORM_SOAK_ROUNDS'] ?? 100)

test(
  '#55 two processes with eight workers each: nobody reads what is older than a change that was acknowledged to that process',
  { timeout: 300_000 },
  async () => {
    await using database = await databases.postgres()
    await using server = await startRedis({ own: true })
    await using shop = await Shop.open(database.options)
    const orders = { database: database.options, redis: server.url, dbId: 'soak', rounds: ROUNDS } as const
    const processes = [1, 2].map(
      (seed) => new ShopProcess({ ...orders, role: 'workers', consistency: 'after-commit', seed }),
    )
    try {
      const words = async (): Promise<unknown[]> => Promise.all(processes.map((process) => process.word()))
      const ready = words()
      await ready
      const done = words()
      for (const process of processes) process.tell('go')
      const told = (await done) as readonly { readonly old: readonly string[]; readonly hits: number }[]
      expect(told.map(({ old }) => old)).toEqual([[], []])
      for (const { hits } of told) expect(hits).toBeGreaterThan(0)
      // In the end both know all.
      const last = words()
      for (const process of processes) process.tell('scores')
      const truth = (await shop.source.manager.find(Post, { order: { id: 'ASC' } })).map(({ score }) => score)
      expect(await last).toEqual([truth, truth])
    } finally {
      for (const process of processes) process[Symbol.dispose]()
    }
  },
)
