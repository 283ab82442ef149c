import { createCacheManager } from '@larder/core'
import { assertType, describe, expectTypeOf, test } from 'vitest'
import { cacheExtension } from '../src/index.ts'
import type { CacheApi } from '../src/index.ts'
import type { Prisma, PrismaClient } from './generated/postgres/client.ts'

declare const base: PrismaClient

const prisma = base.$extends(cacheExtension({ cache: createCacheManager() }))

describe('§6.56: types with the cache', () => {
  test('select narrows what findMany answers', async () => {
    const users = await prisma.user.findMany({ where: { id: 1 }, select: { name: true }, cache: true })
    expectTypeOf(users).toEqualTypeOf<{ name: string | null }[]>()
  })

  test('include, omit and nested select narrow too', async () => {
    const post = await prisma.post.findFirst({ include: { author: true }, cache: { ttl: '30s', tags: ['feed'] } })
    expectTypeOf(post?.author.email).toEqualTypeOf<string | undefined>()
    expectTypeOf(post?.author.balance).toEqualTypeOf<Prisma.Decimal | undefined>()
    const users = await prisma.user.findMany({ omit: { email: true }, cache: true })
    // @ts-expect-error it is left out
    void users[0]?.email
    const titles = await prisma.user.findMany({ include: { posts: { select: { title: true } } }, cache: true })
    expectTypeOf(titles[0]?.posts).toEqualTypeOf<{ title: string }[] | undefined>()
  })

  test('all eight reads take cache, and only in its forms', async () => {
    const where = { id: 1 }
    expectTypeOf(await prisma.user.findUnique({ where, cache: true, select: { id: true } })).toEqualTypeOf<{
      id: number
    } | null>()
    expectTypeOf(await prisma.user.findUniqueOrThrow({ where, cache: true, select: { id: true } })).toEqualTypeOf<{
      id: number
    }>()
    expectTypeOf(await prisma.user.findFirst({ where, cache: false, select: { id: true } })).toEqualTypeOf<{
      id: number
    } | null>()
    expectTypeOf(await prisma.user.findFirstOrThrow({ where, cache: true, select: { id: true } })).toEqualTypeOf<{
      id: number
    }>()
    expectTypeOf(await prisma.user.findMany({ cache: true, select: { id: true } })).toEqualTypeOf<{ id: number }[]>()
    expectTypeOf(await prisma.user.count({ where, cache: true })).toEqualTypeOf<number>()
    const sums = await prisma.post.aggregate({ _sum: { rating: true }, cache: true })
    expectTypeOf(sums._sum.rating).toEqualTypeOf<number | null>()
    const groups = await prisma.user.groupBy({ by: ['tenantId'], _count: true, cache: { grace: '1m' } })
    expectTypeOf(groups[0]?.tenantId).toEqualTypeOf<number | undefined>()
    expectTypeOf(await prisma.user.findMany()).toEqualTypeOf<Awaited<ReturnType<typeof base.user.findMany>>>()
  })

  test('what is no argument is refused', () => {
    // @ts-expect-error misspelt
    void prisma.user.findMany({ wher: { id: 1 } })
    // @ts-expect-error no form of cache
    void prisma.user.findMany({ cache: 'yes' })
    // @ts-expect-error no option of cache
    void prisma.user.findMany({ cache: { forever: true } })
    // @ts-expect-error no such field
    void prisma.user.findMany({ where: { nope: 1 } })
    // @ts-expect-error no such field
    void prisma.user.findMany({ select: { nope: true } })
    // @ts-expect-error writes are not cached
    void prisma.user.create({ data: { email: 'x' }, cache: true })
    // @ts-expect-error writes are not cached
    void prisma.user.updateMany({ data: { name: 'x' }, cache: true })
  })

  test('the fluent form keeps its types', async () => {
    const where = { id: 1 }
    expectTypeOf(await prisma.user.findUnique({ where, cache: true }).posts()).toEqualTypeOf<
      Awaited<ReturnType<ReturnType<typeof base.user.findUnique<{ where: { id: 1 } }>>['posts']>>
    >()
    const posts = await prisma.user
      .findUniqueOrThrow({ where, cache: true })
      .posts({ select: { title: true }, take: 1 })
    expectTypeOf(posts).toEqualTypeOf<{ title: string }[]>()
    const author = await prisma.post.findFirst({ cache: true }).author({ select: { email: true } })
    expectTypeOf(author).toEqualTypeOf<{ email: string } | null>()
    const tags = await prisma.comment
      .findUnique({ where })
      .post()
      .tags({ select: { label: true } })
    expectTypeOf(tags).toEqualTypeOf<{ label: string }[] | null>()
    expectTypeOf(prisma.user.findUnique({ where })).not.toHaveProperty('email')
    // @ts-expect-error no such field
    void prisma.user.findUnique({ where }).posts({ select: { nope: true } })
    expectTypeOf(prisma.user.findMany()).not.toHaveProperty('posts')
  })

  test('batches and functions keep their types', async () => {
    const [count, user] = await prisma.$transaction([
      prisma.user.count({ cache: true }),
      prisma.user.create({ data: { email: 'x' } }),
    ])
    expectTypeOf(count).toEqualTypeOf<number>()
    expectTypeOf(user.email).toEqualTypeOf<string>()
    const ids = await prisma.$transaction(async (tx) => tx.user.findMany({ cache: true, select: { id: true } }), {
      isolationLevel: 'Serializable',
      timeout: 5,
    })
    expectTypeOf(ids).toEqualTypeOf<{ id: number }[]>()
    // @ts-expect-error no such level
    void prisma.$transaction(async () => 1, { isolationLevel: 'Sloppy' })
  })

  test('the client has $cache', async () => {
    assertType<CacheApi>(prisma.$cache)
    const { data } = await prisma.$cache.withInfo(() => prisma.user.count({ cache: true }))
    expectTypeOf(data).toEqualTypeOf<number>()
  })
})
