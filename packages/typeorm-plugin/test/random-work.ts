import type { Random } from '@larder/core'
import { In, IsNull, MoreThan } from 'typeorm'
import type { EntityManager, FindManyOptions } from 'typeorm'
import { Comment, Post, Tag, User } from './entities.ts'

type Question = (manager: EntityManager, cache: boolean) => Promise<unknown>

/** Random questions and changes for a small shop, made in all the ways that TypeORM has. */
export class RandomWork {
  readonly #random: Random
  readonly #quote: string
  readonly #questions: Question[] = []

  constructor(random: Random, quote: '"' | '`') {
    this.#random = random
    this.#quote = quote
  }

  /** A question, often one that was asked before. */
  question(): Question {
    const again = this.#questions[this.draw(40)]
    if (again !== undefined && this.draw(6) > 0) return again
    const question = this.#newQuestion()
    this.#questions[this.draw(40)] = question
    return question
  }

  /** One change, alone or with others in a transaction that may be rolled back. */
  async change(manager: EntityManager): Promise<void> {
    if (this.draw(4) > 0) return this.#change(manager)
    const fails = this.draw(3) === 0
    await manager
      .transaction(async (tx) => {
        for (let count = this.draw(3); count >= 0; count--) await this.#change(tx)
        if (this.draw(3) === 0)
          await tx
            .transaction(async (inner) => {
              await this.#change(inner)
              if (this.draw(2) === 0) throw new RolledBack()
            })
            .catch(ignoreRollback)
        if (fails) throw new RolledBack()
      })
      .catch(ignoreRollback)
  }

  draw(below: number): number {
    return Math.floor(this.#random.fraction() * below)
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.draw(items.length)] as T
  }

  #id(): number {
    return 1 + this.draw(12)
  }

  #newQuestion(): Question {
    const [id, other, author, tenant] = [this.#id(), this.#id(), 1 + this.draw(5), this.draw(3)]
    const find =
      (options: FindManyOptions<Post>): Question =>
      (manager, cache) =>
        manager.find(Post, { order: { id: 'ASC' }, ...options, cache })
    return this.#pick<Question>([
      (manager, cache) => manager.findOne(Post, { where: { id }, cache }),
      (manager, cache) =>
        manager.findOne(User, {
          where: { id: author },
          relations: { posts: true },
          order: { posts: { id: 'ASC' } },
          cache,
        }),
      (manager, cache) =>
        manager.findOne(Post, {
          where: { id },
          relations: { author: true, tags: true, comments: true },
          order: { tags: { id: 'ASC' }, comments: { id: 'ASC' } },
          cache,
        }),
      find({ where: { id: In([id, other]) }, relations: { author: true } }),
      find({ where: { authorId: author } }),
      find({
        where: { authorId: author },
        withDeleted: true,
        relations: { comments: true },
        order: { id: 'ASC', comments: { id: 'ASC' } },
      }),
      find({ where: { authorId: IsNull() } }),
      find({ where: [{ authorId: author }, { id }] }),
      find({ where: { tenantId: tenant, score: MoreThan(3) } }),
      find({ where: { authorId: author }, order: { score: 'DESC', id: 'ASC' }, take: 2 }),
      find({ where: { author: { id: author } }, relations: { author: true } }),
      find({ where: { author: { name: 'n1' } }, relations: { author: true } }),
      find({ where: { tags: { id: 1 + this.draw(3) } } }),
      find({
        where: { id },
        relations: { author: true, tags: true },
        relationLoadStrategy: 'query',
        order: { id: 'ASC' },
      }),
      (manager, cache) => manager.find(Comment, { where: { postId: id }, order: { id: 'ASC' }, cache }),
      (manager, cache) => manager.find(Comment, { where: { post: { authorId: author } }, order: { id: 'ASC' }, cache }),
      (manager, cache) => manager.count(Post, { where: { authorId: author }, cache }),
      (manager, cache) => manager.exists(Comment, { where: { postId: id }, cache }),
      (manager, cache) =>
        manager.findAndCount(Post, { where: { tenantId: tenant }, order: { id: 'ASC' }, take: 3, skip: 1, cache }),
      (manager, cache) =>
        manager
          .createQueryBuilder(Post, 'p')
          .select('p.authorId', 'a')
          .addSelect('SUM(p.score)', 's')
          .where('p.authorId = :author', { author })
          .groupBy('p.authorId')
          .cache(cache)
          .getRawMany(),
      (manager, cache) =>
        manager
          .createQueryBuilder(Post, 'p')
          .where(
            (query) => `EXISTS ${query.subQuery().select('1').from(Comment, 'c').where('c.postId = p.id').getQuery()}`,
          )
          .orderBy('p.id')
          .cache(cache)
          .getMany(),
      (manager, cache) =>
        manager
          .createQueryBuilder(User, 'u')
          .leftJoinAndSelect('u.posts', 'p', 'p.score > 2')
          .where('u.id IN (:...ids)', { ids: [author, 1] })
          .orderBy('u.id')
          .addOrderBy('p.id')
          .cache(cache)
          .getMany(),
      (manager, cache) =>
        manager.find(Tag, { relations: { posts: true }, order: { id: 'ASC', posts: { id: 'ASC' } }, cache }),
    ])
  }

  async #change(manager: EntityManager): Promise<void> {
    const [id, author] = [this.#id(), 1 + this.draw(5)]
    const q = this.#quote
    const known = async (one: number): Promise<number | null> =>
      (await manager.existsBy(User, { id: one })) ? one : null
    const changes: readonly (() => Promise<unknown>)[] = [
      () => manager.update(Post, id, { title: `t${this.draw(9)}` }),
      async () => manager.update(Post, { id }, { authorId: await known(author) }),
      () => manager.update(Post, { authorId: author }, { score: this.draw(9) }),
      () => manager.update(User, author, { name: `n${this.draw(3)}` }),
      () => manager.increment(Post, { id: In([id, this.#id()]) }, 'score', 1),
      () => manager.softDelete(Post, id),
      () => manager.restore(Post, id),
      () => manager.delete(Comment, this.draw(2) === 0 ? { postId: id } : { id: this.draw(60) }),
      async () => this.#fill(manager, id, await known(author)),
      async () => this.#fill(manager, id, await known(author)),
      () => (this.draw(3) === 0 ? manager.delete(Post, id) : Promise.resolve()),
      () => (this.draw(6) === 0 ? manager.delete(User, author) : Promise.resolve()),
      async () =>
        (await known(author)) ??
        ((await manager.query(`INSERT INTO ${q}user${q}(id, name) VALUES (${author}, 'back')`)) as unknown),
      async () =>
        (await manager.existsBy(Post, { id })) ? manager.insert(Comment, { postId: id, text: 'c' }) : undefined,
      async () => {
        const post = await manager.findOne(Post, { where: { id }, relations: { tags: true } })
        if (post === null) return
        post.tags = (await manager.find(Tag)).filter(() => this.draw(2) === 0)
        post.title = 'saved'
        await manager.save(post)
      },
      async () => {
        const comment = await manager.findOne(Comment, { where: {}, order: { id: 'DESC' } })
        if (comment === null || !(await manager.existsBy(Post, { id }))) return
        await manager.save(Object.assign(comment, { postId: id, text: 'moved' }))
      },
      () => manager.query(`UPDATE post SET score = score + 1 WHERE id = ${id} OR ${q}tenantId${q} = ${this.draw(3)}`),
      () => manager.query(`UPDATE post SET ${q}authorId${q} = NULL WHERE ${q}authorId${q} = ${author}`),
      () =>
        manager
          .createQueryBuilder()
          .update(Post)
          .set({ tenantId: this.draw(3) })
          .where('score > :x', { x: 6 })
          .callListeners(false)
          .execute(),
      () =>
        manager.createQueryBuilder().delete().from(Comment).where('text = :x AND id > 30', { x: 'moved' }).execute(),
    ]
    await this.#pick(changes)()
  }

  /** A post of that id, if there is room for one. */
  async #fill(manager: EntityManager, id: number, authorId: number | null): Promise<void> {
    if (await manager.exists(Post, { where: { id }, withDeleted: true })) return
    const q = this.#quote
    await manager.query(
      `INSERT INTO post(id, title, ${q}authorId${q}, score) VALUES (${id}, 'filled', ${authorId ?? 'NULL'}, ${this.draw(9)})`,
    )
  }
}

class RolledBack extends Error {}

function ignoreRollback(error: unknown): void {
  if (!(error instanceof RolledBack)) throw error
}
