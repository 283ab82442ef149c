import { inspect } from 'node:util'
import type { SeededRandom } from '@larder/testing'
import type { Shop } from './shop.ts'

/** Random operations of a shop, each checked against the database itself. */
export class RandomWork {
  readonly #shop: Shop
  readonly #random: SeededRandom
  hits = 0

  constructor(shop: Shop, random: SeededRandom) {
    this.#shop = shop
    this.#random = random
  }

  /** One operation. Answers what was wrong, if anything was. */
  async step(): Promise<string | undefined> {
    if (this.#pick(3) > 0) return this.#read()
    await this.#write().catch((error: unknown) => {
      // Keys that are taken, rows that are gone: the work goes on.
      if (!/^P20/.test(String((error as { code?: unknown }).code))) throw error
    })
    return undefined
  }

  async #read(): Promise<string | undefined> {
    const { model, operation, args } = this.#query()
    const run = (client: object, given: object): Promise<unknown> =>
      (
        (client as Record<string, Record<string, (args: object) => Promise<unknown>>>)[model]?.[operation] as (
          args: object,
        ) => Promise<unknown>
      )(given)
    const { data, info } = await this.#shop.prisma.$cache.withInfo(() =>
      run(this.#shop.prisma, { ...args, cache: true }),
    )
    if (info[0]?.kind === 'hit') this.hits++
    const text = inspect(data, { depth: 9 })
    const truth = inspect(await run(this.#shop.base, args), { depth: 9 })
    return text === truth
      ? undefined
      : `${model}.${operation} ${inspect(args, { depth: 9 })}: ${text} instead of ${truth}`
  }

  #query(): { readonly model: string; readonly operation: string; readonly args: object } {
    const id = this.#id()
    const orderBy = { id: 'asc' }
    const queries = [
      { model: 'user', operation: 'findUnique', args: { where: { id } } },
      { model: 'user', operation: 'findMany', args: { where: { OR: [{ id }, { tenantId: this.#id() }] }, orderBy } },
      { model: 'user', operation: 'findMany', args: { where: { posts: { some: { rating: id } } }, orderBy } },
      {
        model: 'user',
        operation: 'findUnique',
        args: { where: { id }, include: { profile: true, posts: { orderBy, take: 2 } } },
      },
      {
        model: 'user',
        operation: 'findMany',
        args: {
          where: { id: { in: [id, this.#id()] } },
          select: { id: true, _count: { select: { posts: true } } },
          orderBy,
        },
      },
      { model: 'post', operation: 'findMany', args: { where: { authorId: id }, orderBy } },
      { model: 'post', operation: 'findMany', args: { where: { authorId: id, reviewerId: null }, orderBy } },
      {
        model: 'post',
        operation: 'findMany',
        args: { where: { authorId: id }, include: { tags: { orderBy }, author: true }, orderBy },
      },
      {
        model: 'post',
        operation: 'findFirst',
        args: { where: { reviewerId: id }, orderBy: [{ rating: 'desc' }, { id: 'asc' }] },
      },
      { model: 'post', operation: 'count', args: { where: { authorId: { in: [id, this.#id()] } } } },
      { model: 'post', operation: 'findMany', args: { where: { tags: { some: { id } } }, orderBy } },
      {
        model: 'post',
        operation: 'findUnique',
        args: { where: { id }, select: { title: true, reviewer: { select: { name: true } } } },
      },
      { model: 'tag', operation: 'findUnique', args: { where: { id }, include: { posts: { orderBy } } } },
      {
        model: 'tag',
        operation: 'findMany',
        args: { include: { _count: { select: { posts: { where: { rating: id } } } } }, orderBy },
      },
      {
        model: 'comment',
        operation: 'findMany',
        args: { where: { postId: id }, include: { likes: { orderBy: { visitor: 'asc' } } }, orderBy },
      },
      { model: 'comment', operation: 'findMany', args: { where: { writerId: id }, orderBy } },
      { model: 'like', operation: 'count', args: { where: { commentId: id } } },
      { model: 'profile', operation: 'findUnique', args: { where: { userId: id } } },
    ]
    return queries[this.#pick(queries.length)] as (typeof queries)[number]
  }

  async #write(): Promise<unknown> {
    const { prisma } = this.#shop
    const [id, other] = [this.#id(), this.#id()]
    const title = `t${this.#pick(1000)}`
    const writes: readonly (() => PromiseLike<unknown>)[] = [
      () => prisma.user.create({ data: { id, email: `u${id}`, tenantId: other } }),
      () => prisma.user.update({ where: { id }, data: { name: title } }),
      () => prisma.user.updateMany({ where: { tenantId: id }, data: { tenantId: other } }),
      () => prisma.user.upsert({ where: { id }, create: { id, email: `u${id}` }, update: { tenantId: other } }),
      () => prisma.user.delete({ where: { id } }),
      () => prisma.post.create({ data: { id, title, authorId: other, rating: this.#id() } }),
      () => prisma.post.create({ data: { title, author: { connect: { id } }, tags: { connect: { id: other } } } }),
      () => prisma.post.update({ where: { id }, data: { authorId: other }, select: { title: true } }),
      () => prisma.post.update({ where: { id }, data: { reviewer: { disconnect: true }, rating: { increment: 1 } } }),
      () =>
        prisma.post.update({ where: { id }, data: { reviewer: { connect: { id: other } } }, include: { tags: true } }),
      () => prisma.post.update({ where: { id, authorId: other }, data: { title } }),
      () => prisma.post.updateMany({ where: { rating: { gt: id } }, data: { rating: other } }),
      () => prisma.post.update({ where: { id }, data: { tags: { set: [{ id: other }] } } }),
      () => prisma.post.deleteMany({ where: { authorId: id, rating: other } }),
      () => prisma.user.update({ where: { id }, data: { posts: { connect: { id: other } } } }),
      () =>
        prisma.user.update({
          where: { id },
          data: { profile: { upsert: { create: { bio: title }, update: { bio: title } } } },
        }),
      () => prisma.profile.update({ where: { id }, data: { user: { connect: { id: other } } } }),
      () => prisma.tag.upsert({ where: { id }, create: { id, label: `l${id}` }, update: { label: `l${id}${title}` } }),
      () => prisma.tag.delete({ where: { id } }),
      () => prisma.comment.create({ data: { id, text: title, postId: other, likes: { create: { visitor: id } } } }),
      () =>
        prisma.comment.update({
          where: { id },
          data: { post: { connect: { id: other } }, writer: { connect: { id } } },
        }),
      () => prisma.comment.delete({ where: { id } }),
      () => prisma.like.createMany({ data: [{ commentId: id, visitor: other }] }),
      () => prisma.$executeRaw`UPDATE "Post" SET "reviewerId" = NULL WHERE "author_id" = ${id}`,
      () =>
        prisma.$transaction([
          prisma.post.updateMany({ where: { id }, data: { authorId: other } }),
          prisma.tag.updateMany({ data: { label: { set: `x${id}` } }, where: { id } }),
        ]),
      () =>
        prisma.$transaction(async (tx) => {
          await tx.post.updateMany({ where: { authorId: id }, data: { title } })
          if (this.#pick(2) === 0) throw Object.assign(new Error('stop'), { code: 'P2000' })
        }),
    ]
    return (writes[this.#pick(writes.length)] as (typeof writes)[number])()
  }

  #id(): number {
    return 1 + this.#pick(6)
  }

  #pick(choices: number): number {
    return Math.floor(this.#random.fraction() * choices)
  }
}
