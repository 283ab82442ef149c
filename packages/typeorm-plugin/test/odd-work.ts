import type { Random } from '@larder/core'
import { In, MoreThan, Not } from 'typeorm'
import type { EntityManager } from 'typeorm'
import { Branch, Item, Label, Membership, Person, PersonCard, Shelf, ShelfLoad, Tool } from './odd-shapes.ts'

type Question = (manager: EntityManager, cache: boolean) => Promise<unknown>

/** Random questions and changes for entities of many shapes: inheritance, embedded ones, trees, views, composite keys, virtual and hidden columns. */
export class OddWork {
  readonly #random: Random
  readonly #questions: Question[] = []

  constructor(random: Random) {
    this.#random = random
  }

  /** A question, mostly one that was asked before. */
  question(): Question {
    const again = this.#questions[this.draw(24)]
    if (again !== undefined && this.draw(6) > 0) return again
    return (this.#questions[this.draw(24)] = this.#newQuestion())
  }

  draw(below: number): number {
    return Math.floor(this.#random.fraction() * below)
  }

  /** One change, sometimes in a transaction that may be rolled back. */
  async change(manager: EntityManager): Promise<void> {
    if (this.draw(4) > 0) return this.#change(manager)
    const fails = this.draw(2) === 0
    const work = manager.transaction(async (tx) => {
      await this.#change(tx)
      await this.#change(tx)
      if (fails) throw new RolledBack()
    })
    await work.catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error
    })
  }

  #id(): number {
    return 1 + this.draw(6)
  }

  #newQuestion(): Question {
    const [one, two] = [this.#id(), this.#id()]
    const questions: readonly Question[] = [
      (m, cache) => m.findOne(Shelf, { where: { id: one }, cache }),
      (m, cache) => m.find(Shelf, { order: { id: 'ASC' }, cache }),
      (m, cache) => m.find(Item, { where: { shelfId: one }, order: { id: 'ASC' }, cache }),
      (m, cache) => m.find(Tool, { where: { ownerId: one }, order: { id: 'ASC' }, cache }),
      (m, cache) => m.find(Tool, { where: { weight: MoreThan(3) }, order: { id: 'ASC' }, cache }),
      (m, cache) => m.findOne(Item, { where: { id: one }, cache }),
      (m, cache) => m.findOne(Tool, { where: { id: one }, relations: { owner: true } as never, cache }),
      (m, cache) => m.findOne(Person, { where: { id: one }, cache }),
      (m, cache) => m.find(Person, { where: { name: { first: 'a' } }, order: { id: 'ASC' }, cache }),
      (m, cache) =>
        m.createQueryBuilder(Person, 'p').addSelect('p.secret').where('p.id = :one', { one }).cache(cache).getOne(),
      (m, cache) => m.findOne(Label, { where: { id: one }, cache }),
      (m, cache) => m.findOne(PersonCard, { where: { id: one }, cache }),
      (m, cache) => m.findOne(Membership, { where: { personId: one, shelfId: two }, cache }),
      (m, cache) => m.find(Membership, { where: { personId: one }, order: { shelfId: 'ASC' }, cache }),
      (m, cache) =>
        m.find(Membership, {
          where: { shelfId: In([one, two]) },
          relations: { person: true, shelf: true } as never,
          order: { personId: 'ASC', shelfId: 'ASC' },
          cache,
        }),
      (m, cache) => m.find(ShelfLoad, { order: { shelf: 'ASC' }, cache }),
      (m, cache) => m.find(ShelfLoad, { where: { shelf: one }, cache }),
      (m, cache) =>
        m.find(Branch, { relations: { children: true }, order: { id: 'ASC', children: { id: 'ASC' } }, cache }),
      (m, cache) => m.findOne(Branch, { where: { id: one }, relations: { parent: true }, cache }),
      (m, cache) =>
        m
          .createQueryBuilder(Shelf, 's')
          .leftJoinAndMapMany('s.things', Item, 'i', 'i.shelf_id = s.id')
          .orderBy('s.id')
          .addOrderBy('i.id')
          .cache(cache)
          .getMany(),
      (m, cache) =>
        m
          .createQueryBuilder(Person, 'p')
          .select('p.id', 'id')
          .addSelect((query) => query.select('COUNT(*)').from(Tool, 't').where('t.owner_id = p.id'), 'tools')
          .where('p.id = :one', { one })
          .cache(cache)
          .getRawMany(),
      (m, cache) =>
        m
          .createQueryBuilder()
          .addCommonTableExpression(m.createQueryBuilder(Item, 'i').select('i.shelf_id', 's'), 'placed')
          .select('COUNT(*)', 'n')
          .from('placed', 'x')
          .where('x.s = :one', { one })
          .cache(cache)
          .getRawMany(),
      (m, cache) =>
        m
          .createQueryBuilder()
          .select('d.label', 'label')
          .from((query) => query.select('i.label', 'label').from(Item, 'i').where('i.id < :two', { two }), 'd')
          .orderBy('d.label')
          .cache(cache)
          .getRawMany(),
      (m, cache) => m.count(Item, { where: { id: Not(one) }, cache }),
      (m, cache) => m.exists(Tool, { where: { ownerId: one }, cache }),
      (m, cache) => m.findAndCount(Tool, { where: { shelfId: one }, take: 2, order: { id: 'ASC' }, cache }),
    ]
    return questions[this.draw(questions.length)] as Question
  }

  async #change(m: EntityManager): Promise<void> {
    const [one, two] = [this.#id(), this.#id()]
    const letter = 'abc'[this.draw(3)] as string
    const known = async (of: typeof Person | typeof Shelf, id: number): Promise<number | null> =>
      (await m.existsBy<Person | Shelf>(of, { id })) ? id : null
    const changes: readonly (() => Promise<unknown>)[] = [
      async () => m.save(Shelf, { id: one, name: letter }),
      async () => m.save(Person, { id: one, name: { first: letter, last: 'x' }, secret: letter }),
      async () => m.update(Person, one, { name: { first: letter } }),
      async () => m.update(PersonCard, one, { first: letter }),
      async () => m.save(Item, { label: letter, shelfId: await known(Shelf, two) }),
      async () =>
        m.save(Tool, {
          label: letter,
          shelfId: await known(Shelf, two),
          ownerId: await known(Person, one),
          weight: this.draw(7),
        }),
      async () => m.update(Tool, { ownerId: one }, { weight: this.draw(7) }),
      async () => m.update(Item, { id: this.draw(40) }, { shelfId: await known(Shelf, two) }),
      async () => m.update(Tool, { id: this.draw(40) }, { ownerId: await known(Person, one) }),
      async () => m.delete(Item, { id: this.draw(60) }),
      async () => m.delete(Label, { label: letter }),
      async () => (this.draw(3) === 0 ? m.delete(Person, one) : m.delete(PersonCard, { id: -1 })),
      async () => (this.draw(3) === 0 ? m.remove(Person, await m.findBy(Person, { id: two })) : undefined),
      async () => (this.draw(2) === 0 ? m.delete(Shelf, one) : undefined),
      async () =>
        (await known(Person, one)) !== null && (await known(Shelf, two)) !== null
          ? m.save(Membership, { personId: one, shelfId: two, role: letter })
          : undefined,
      async () => m.update(Membership, { personId: one, shelfId: two }, { role: letter }),
      async () => m.delete(Membership, { personId: one }),
      async () => m.query<unknown>(`UPDATE item SET shelf_id = NULL, label = '${letter}' WHERE owner_id = ${one}`),
      async () => m.query<unknown>(`UPDATE person SET n_first = 'z' || n_first WHERE id IN (${one}, ${two})`),
      async () =>
        m.query<unknown>(
          `INSERT INTO item(label, kind, owner_id) SELECT n_first, 'Tool', id FROM person WHERE id = ${one}`,
        ),
      async () => m.query<unknown>(`DELETE FROM membership WHERE person_id = ${one} AND role <> '${letter}'`),
      async () => {
        const parent = await m.findOneBy(Branch, { id: one })
        await m.save(Object.assign(new Branch(), { name: letter, parent }))
      },
      async () => m.update(Branch, two, { name: letter }),
    ]
    await (changes[this.draw(changes.length)] as () => Promise<unknown>)()
  }
}

class RolledBack extends Error {}
