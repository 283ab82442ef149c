import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import { installCache } from '@larder/typeorm-plugin'
import { DataSource, EntitySchema } from 'typeorm'
import { describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import { Shop } from './shop.ts'

interface PostRow {
  id: number
  title: string
  authorId: number
}

const PostEntity = new EntitySchema<PostRow>({
  name: 'Post',
  tableName: 'Post',
  columns: {
    id: { type: Number, primary: true, generated: true },
    title: { type: String },
    authorId: { type: Number, name: 'author_id' },
  },
})

describe.each([{ linked: false }, { linked: true }])(
  '§6.14: with TypeORM on one database (adapter: $linked)',
  ({ linked }) => {
    test('what one of them changes the other reads anew, and no more than that', async () => {
      await using database = await databases.postgres()
      await using server = await startRedis()
      const open = () => createCacheManager({ namespace: `both-${String(linked)}`, l2: redis({ url: server.url }) })
      await using ofPrisma = open()
      await using ofTypeorm = open()
      await using shop = await Shop.open(database, { linked, cache: ofPrisma })
      const source = new DataSource({ type: 'postgres', url: database.url as string, entities: [PostEntity] })
      await source.initialize()
      await using handle = await installCache(source, {
        cache: ofTypeorm,
        entities: { Post: { schemes: [['authorId']] } },
      })
      const posts = source.getRepository(PostEntity)
      const typeorm = (authorId: number) => posts.find({ where: { authorId }, order: { id: 'ASC' }, cache: true })
      const prisma = (authorId: number) =>
        shop.prisma.post.findMany({ where: { authorId }, orderBy: { id: 'asc' }, cache: true })

      await Promise.all([typeorm(1), typeorm(2), prisma(1), prisma(2)])
      await shop.prisma.post.create({ data: { title: 'by Prisma', authorId: 1 } })
      // Other processes learn of it with the next heartbeat at the latest; asking the store at once is what a test can wait for.
      await expect.poll(async () => (await typeorm(1)).map(({ title }) => title)).toContain('by Prisma')
      const { hits } = handle.stats()
      await typeorm(2)
      expect(handle.stats().hits).toBe(hits + 1)

      await prisma(1)
      await posts.update(1, { title: 'by TypeORM' })
      await expect.poll(async () => (await prisma(1)).map(({ title }) => title)).toContain('by TypeORM')
      expect((await shop.counted(() => prisma(2))).sql).toBe(0)
      await source.destroy()
    })
  },
)
