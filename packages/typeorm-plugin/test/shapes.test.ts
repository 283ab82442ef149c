import { EntitySchema } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { entities } from './entities.ts'
import { Shop } from './shop.ts'

class Shelf {
  id!: number
  name!: string
  books!: Promise<Book[]>
}

class Book {
  id!: number
  title!: string
  shelf!: Shelf
  shelfId!: number
}

class Node {
  id!: number
  name!: string
  parent?: Node | null
  children?: Node[]
}

class Pet {
  id!: number
  name!: string
}

class Dog extends Pet {
  tricks!: number
}

const id = { type: Number, primary: true, generated: true } as const
const shapes: EntitySchema[] = [
  new EntitySchema<Shelf>({
    name: 'Shelf',
    target: Shelf,
    columns: { id, name: { type: String } },
    relations: { books: { type: 'one-to-many', target: 'Book', inverseSide: 'shelf', lazy: true } },
  }),
  new EntitySchema<Book>({
    name: 'Book',
    target: Book,
    columns: { id, title: { type: String }, shelfId: { type: Number } },
    relations: {
      shelf: {
        type: 'many-to-one',
        target: 'Shelf',
        inverseSide: 'books',
        joinColumn: { name: 'shelfId' },
        eager: true,
      },
    },
  }),
  new EntitySchema<Node>({
    name: 'Node',
    target: Node,
    columns: { id, name: { type: String } },
    relations: {
      parent: { type: 'many-to-one', target: 'Node', treeParent: true, inverseSide: 'children', nullable: true },
      children: { type: 'one-to-many', target: 'Node', treeChildren: true, inverseSide: 'parent' },
    },
    trees: [{ type: 'closure-table' }],
  }),
  new EntitySchema<Pet>({
    name: 'Pet',
    target: Pet,
    columns: { id, name: { type: String }, kind: { type: String, nullable: true } } as never,
    inheritance: { pattern: 'STI', column: 'kind' },
  }),
  new EntitySchema<Dog>({
    name: 'Dog',
    target: Dog,
    type: 'entity-child',
    columns: { id, name: { type: String }, tricks: { type: Number, nullable: true } },
  }),
]

describe('entities of other shapes, on PostgreSQL', () => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases.postgres()))
  afterAll(() => database[Symbol.asyncDispose]())
  const open = (): Promise<Shop> =>
    Shop.open(
      { ...database.options, entities: [...entities, ...shapes] },
      {
        defaults: { mode: 'opt-out' },
      },
    )

  test('#8 eager and lazy relations', async () => {
    await using shop = await open()
    const { manager } = shop.source
    await manager.insert(Shelf, { name: 'top' })
    await manager.insert(Book, { title: 'one', shelfId: 1 })
    const book = async (): Promise<string> => (await manager.findOneByOrFail(Book, { id: 1 })).shelf.name
    const titles = async (): Promise<readonly string[]> =>
      (await (await manager.findOneByOrFail(Shelf, { id: 1 })).books).map(({ title }) => title)
    expect([await book(), await titles()]).toEqual(['top', ['one']])
    expect([(await shop.counted(book)).sql, (await shop.counted(titles)).sql]).toEqual([0, 0])
    await manager.update(Shelf, 1, { name: 'bottom' })
    await manager.insert(Book, { title: 'two', shelfId: 1 })
    expect([await book(), (await titles()).length]).toEqual(['bottom', 2])
  })

  test('#30 trees by closure tables', async () => {
    await using shop = await open()
    const trees = shop.source.getTreeRepository(Node)
    const root = await trees.save(Object.assign(new Node(), { name: 'root' }))
    const count = (): Promise<number> => trees.countDescendants(root)
    expect(await count()).toBe(1)
    expect((await shop.counted(count)).sql).toBe(0)
    const child = await trees.save(Object.assign(new Node(), { name: 'child', parent: root }))
    expect(await count()).toBe(2)
    await trees.save(Object.assign(new Node(), { name: 'grandchild', parent: child }))
    expect(await count()).toBe(3)
  })

  test('#30 single-table inheritance: one table, whichever class writes', async () => {
    await using shop = await open()
    const { manager } = shop.source
    await manager.save(Object.assign(new Dog(), { name: 'Rex', tricks: 1 }))
    const pet = async (): Promise<string | undefined> => (await manager.findOneBy(Pet, { id: 1 }))?.name
    const dogs = async (): Promise<readonly number[]> =>
      (await manager.find(Dog, { order: { id: 'ASC' } })).map(({ tricks }) => tricks)
    expect([await pet(), await dogs()]).toEqual(['Rex', [1]])
    await manager.update(Dog, 1, { tricks: 2, name: 'Max' })
    expect([await pet(), await dogs()]).toEqual(['Max', [2]])
    await manager.update(Pet, 1, { name: 'Rex' })
    await manager.save(Object.assign(new Dog(), { name: 'Bo', tricks: 5 }))
    expect([await pet(), await dogs()]).toEqual(['Rex', [2, 5]])
  })
})
