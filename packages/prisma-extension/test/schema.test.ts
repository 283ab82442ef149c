import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DataModel } from '../src/index.ts'
import type { ClientInternals } from '../src/prisma/client-internals.ts'
import { dataModelOf } from '../src/schema/data-model-of.ts'
import { parseSchema } from '../src/schema/parse-schema.ts'
import { databases } from './databases.ts'
import { generate, larderCommand } from './generate.ts'
import { Shop } from './shop.ts'

const here = dirname(fileURLToPath(import.meta.url))

/** A schema with everything that is written in more than one way. */
const TRICKY = `
datasource db {
  provider = "postgresql"
  schemas  = ["public", "sales"]
}

generator larder {
  provider = "COMMAND"
  output   = "./larder-schema.js"
}

enum State {
  OPEN
  DONE @map("done // not a comment")
  @@schema("sales")
}

/// model Not { id Int @id }
model Order {
  id        String   @id @default(uuid()) @db.Uuid
  number    Int      @unique @default(autoincrement()) // counted @unique
  state     State    @default(OPEN)
  note      String?  @default("a \\"quoted\\" ) text // still text @id")
  buyerId   BigInt   @map("buyer_id")
  country   String   @db.Char(2)
  buyer     Buyer    @relation("bought", fields: [buyerId, country], references: [id, country], onDelete: SetNull, onUpdate: NoAction)
  parentId  String?  @db.Uuid
  parent    Order?   @relation("tree", fields: [parentId], references: [id])
  children  Order[]  @relation("tree")
  labels    Label[]
  scores    Int[]
  @@unique([buyerId, number(sort: Desc)], name: "perBuyer")
  @@index([country])
  @@map("orders")
  @@schema("sales")
}

model Buyer {
  id      BigInt
  country String @db.Char(2)
  orders  Order[] @relation("bought")
  @@id([id, country])
  @@schema("public")
}

model Label {
  name   String  @id
  orders Order[]
  @@schema("public")
}
`

describe('what is known of a schema', () => {
  let folder: string
  let generated: DataModel

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-schema-'))
    await writeFile(join(folder, 'schema.prisma'), TRICKY.replace('COMMAND', larderCommand))
    await generate(join(folder, 'schema.prisma'))
    const written = (await import(join(folder, 'larder-schema.js'))) as { readonly larderSchema: DataModel }
    generated = written.larderSchema
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('the generator and the parser say the same', () => {
    const names = new Map(
      generated.models.flatMap((model) =>
        model.fields.map((field) => [`${model.name}.${field.name}`, field.relation?.name]),
      ),
    )
    const parsed = parseSchema(TRICKY).models.map((model) => ({
      ...model,
      fields: model.fields.map((field) => ({
        ...field,
        relation: field.relation && { ...field.relation, name: names.get(`${model.name}.${field.name}`) },
      })),
    }))
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(generated.models)
    const order = generated.models.find(({ name }) => name === 'Order')
    expect(order).toMatchObject({ table: 'orders', schema: 'sales', keys: [['id'], ['number'], ['buyerId', 'number']] })
    expect(order?.fields.find(({ name }) => name === 'buyer')?.relation).toMatchObject({
      onDelete: 'set null',
      onUpdate: 'none',
    })
    expect(order?.fields.find(({ name }) => name === 'parent')?.relation).toMatchObject({
      onDelete: 'set null',
      onUpdate: 'cascade',
    })
  })

  test('the clients of the tests are what Prisma generates', async () => {
    for (const provider of ['sqlite', 'postgres']) {
      const schema = (await readFile(join(here, `schema/${provider}.prisma`), 'utf8')).replace(
        /output(\s*)=.*/,
        `output$1= "./${provider}"`,
      )
      await writeFile(join(folder, `${provider}.prisma`), schema)
      await generate(join(folder, `${provider}.prisma`))
      for (const file of ['client.ts', 'models/User.ts', 'internal/prismaNamespace.ts'])
        expect(await readFile(join(folder, provider, file), 'utf8')).toBe(
          await readFile(join(here, 'generated', provider, file), 'utf8'),
        )
    }
  })
})

describe('without keys', () => {
  test('a client whose text cannot be read invalidates whole tables, and all that hang together', async () => {
    await using database = await databases.sqlite()
    const before = (base: Shop['base']): Shop['base'] =>
      new Proxy(base, {
        get: (target, name) =>
          name === '_engineConfig' ? { inlineSchema: 'model {' } : (Reflect.get(target, name, target) as unknown),
      })
    await using shop = await Shop.open(database, { before })
    const user = (id: number) => () => shop.prisma.user.findUnique({ where: { id }, cache: true })
    const likes = () => shop.prisma.like.findMany({ where: { commentId: 1 }, cache: true })
    const posts = () => shop.prisma.post.findMany({ include: { tags: true }, cache: true })
    expect(await shop.survives(user(1), () => shop.prisma.user.update({ where: { id: 2 }, data: { name: 'x' } }))).toBe(
      false,
    )
    expect(
      await shop.survives(posts, () => shop.prisma.tag.update({ where: { id: 1 }, data: { posts: { set: [] } } })),
    ).toBe(false)
    expect(await shop.survives(likes, () => shop.prisma.user.delete({ where: { id: 1 } }))).toBe(false)
    expect(await likes()).toEqual([])
  })

  test('a text that does not agree with the client is not believed', () => {
    const client = {
      _engineConfig: { inlineSchema: 'model User {\n  id Int @id\n  gone Int\n}' },
      _runtimeDataModel: { models: { User: { dbName: null, fields: [{ name: 'id', kind: 'scalar', type: 'Int' }] } } },
    } satisfies ClientInternals
    expect(dataModelOf(client, undefined).complete).toBe(false)
    const right = { ...client, _engineConfig: { inlineSchema: 'model User {\n  id Int @id\n}' } }
    expect(dataModelOf(right, undefined).complete).toBe(true)
    expect(() => dataModelOf({}, undefined)).toThrow(/schema is needed/)
  })
})
