import { createCacheManager } from '@larder/core'
import { cachedAdapter, cacheExtension, createAdapterLink } from '@larder/prisma-extension'
import { redis } from '@larder/redis'
import { PrismaPg } from '@prisma/adapter-pg'
import type { ArticleService } from './article-service.ts'
import { PrismaClient } from './generated/client.ts'

/** The service over Prisma. */
export function openPrismaService(urls: { readonly postgres: string; readonly redis: string }): ArticleService {
  // All there is to do: a cache that the services share, and the extension. The link lets it see every statement.
  const caches = createCacheManager({ namespace: 'articles', l2: redis({ url: urls.redis }) })
  const link = createAdapterLink()
  const adapter = cachedAdapter(new PrismaPg({ connectionString: urls.postgres }), link)
  const base = new PrismaClient({ adapter })
  const prisma = base.$extends(cacheExtension({ cache: caches, link, defaults: { ttl: '5m' } }))

  return {
    async article(id) {
      const found = await prisma.article.findUnique({ where: { id }, include: { author: true }, cache: true })
      return found === null ? undefined : { id, title: found.title, author: found.author.name }
    },
    async titlesOf(authorId) {
      const found = await prisma.article.findMany({ where: { authorId }, orderBy: { id: 'asc' }, cache: true })
      return found.map(({ title }) => title)
    },
    async retitle(id, title) {
      await prisma.article.update({ where: { id }, data: { title } })
    },
    async rename(authorId, name) {
      await prisma.author.update({ where: { id: authorId }, data: { name } })
    },
    async dismiss(authorId) {
      // The database deletes the author's articles.
      await prisma.author.delete({ where: { id: authorId } })
    },
    async counts() {
      const { hits, misses, bypasses } = prisma.$cache.stats()
      return { cache: hits, database: misses + bypasses }
    },
    async [Symbol.asyncDispose]() {
      await base.$disconnect()
      await caches.close()
    },
  }
}
