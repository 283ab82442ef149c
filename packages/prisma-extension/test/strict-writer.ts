import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { PrismaPg } from '@prisma/adapter-pg'
import type { TestDatabase } from './databases.ts'
import { hooked } from './hooked-database.ts'
import { Shop } from './shop.ts'

/** A service of its own that renames user 1, tells when that is committed, and gets no further: whoever started it kills it there. */
const [url = '', store = '', dbId = '', linked = '', consistency = ''] = process.argv.slice(2)
const database: TestDatabase = {
  kind: 'postgres',
  adapter: () => new PrismaPg({ connectionString: url }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
const stopped = hooked(database, {
  after: async (sql) => {
    if (!sql.startsWith('COMMIT')) return
    process.send?.('committed')
    await new Promise(() => undefined)
  },
})
const shop = await Shop.open(stopped, {
  filled: true,
  linked: linked === 'linked',
  cache: createCacheManager({ l2: redis({ url: store }), heartbeat: '600ms' }),
  dbId,
  consistency: consistency as 'strict' | 'after-commit',
  lease: '2s',
})
await shop.prisma.$transaction(async (tx) => tx.user.update({ where: { id: 1 }, data: { name: 'killed' } }))
