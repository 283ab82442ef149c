import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { installCache } from '@larder/typeorm-plugin'
import { DataSource, EntitySchema } from 'typeorm'
import type { ArticleService } from './article-service.ts'

interface Author {
  readonly id: number
  name: string
}

interface Article {
  readonly id: number
  title: string
  authorId: number
  author?: Author
}

const id = { type: Number, primary: true, generated: true } as const

const authors = new EntitySchema<Author>({
  name: 'Author',
  tableName: 'larder_example_author',
  columns: { id, name: { type: String } },
})

const articles = new EntitySchema<Article>({
  name: 'Article',
  tableName: 'larder_example_article',
  columns: { id, title: { type: String }, authorId: { type: Number } },
  relations: {
    author: { type: 'many-to-one', target: 'Author', joinColumn: { name: 'authorId' }, onDelete: 'CASCADE' },
  },
})

/** The service over TypeORM. */
export async function openTypeormService(urls: {
  readonly postgres: string
  readonly redis: string
}): Promise<ArticleService> {
  const source = new DataSource({ type: 'postgres', url: urls.postgres, entities: [authors, articles] })
  await source.initialize()
  const { manager } = source
  const caches = createCacheManager({ namespace: 'articles', l2: redis({ url: urls.redis }) })
  const handle = await installCache(source, { cache: caches, defaults: { ttl: '5m' } })

  return {
    async article(id) {
      const found = await manager.findOne(articles, { where: { id }, relations: { author: true }, cache: true })
      return found === null ? undefined : { id, title: found.title, author: found.author?.name ?? '' }
    },
    async titlesOf(authorId) {
      const found = await manager.find(articles, { where: { authorId }, order: { id: 'ASC' }, cache: true })
      return found.map(({ title }) => title)
    },
    async retitle(id, title) {
      await manager.update(articles, id, { title })
    },
    async rename(authorId, name) {
      await manager.update(authors, authorId, { name })
    },
    async dismiss(authorId) {
      await manager.delete(authors, authorId)
    },
    async counts() {
      const { hits, misses, bypasses } = handle.stats()
      return { cache: hits, database: misses + bypasses }
    },
    async [Symbol.asyncDispose]() {
      await handle.uninstall()
      await source.destroy()
      await caches.close()
    },
  }
}
