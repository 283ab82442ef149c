import { StatementReader } from '@larder/query-tags'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import type { Prisma } from './generated/postgres/client.ts'
import { Shop } from './shop.ts'

const MODELS = ['users', 'Profile', 'Post', 'Comment', 'Like', 'Tag', '_PostToTag'] as const

/** What each verb does at depth three: an author's posts' comments' and tags. */
const AT_DEPTH: Readonly<Record<string, Prisma.UserUpdateInput>> = {
  create: post({ comments: { create: { text: 'n', likes: { create: { visitor: 1 } } } } }),
  createMany: post({
    comments: {
      update: { where: { id: 1 }, data: { likes: { createMany: { data: [{ visitor: 2 }, { visitor: 3 }] } } } },
    },
  }),
  connect: post({ comments: { update: { where: { id: 1 }, data: { writer: { connect: { id: 2 } } } } } }),
  connectOrCreate: post({ tags: { connectOrCreate: { where: { id: 9 }, create: { label: 'nine' } } } }),
  'connectOrCreate of what is there': post({
    tags: { connectOrCreate: { where: { id: 3 }, create: { label: 'three' } } },
  }),
  disconnect: post({ comments: { update: { where: { id: 1 }, data: { writer: { disconnect: true } } } } }),
  'disconnect of many to many': post({ tags: { disconnect: { id: 1 } } }),
  set: post({ tags: { set: [{ id: 3 }] } }),
  update: post({
    comments: {
      update: {
        where: { id: 1 },
        data: {
          likes: { update: { where: { commentId_visitor: { commentId: 1, visitor: 7 } }, data: { visitor: 9 } } },
        },
      },
    },
  }),
  updateMany: post({ comments: { updateMany: { where: { text: 'good' }, data: { text: 'best' } } } }),
  upsert: post({ comments: { upsert: { where: { id: 99 }, create: { text: 'u' }, update: { text: 'v' } } } }),
  'upsert of what is there': post({
    comments: { upsert: { where: { id: 1 }, create: { text: 'u' }, update: { text: 'v' } } },
  }),
  delete: post({ comments: { delete: { id: 1 } } }),
  deleteMany: post({ comments: { update: { where: { id: 1 }, data: { likes: { deleteMany: {} } } } } }),
}

function post(data: Prisma.PostUpdateWithoutAuthorInput): Prisma.UserUpdateInput {
  return { posts: { update: { where: { id: 1 }, data } } }
}

describe.each([
  { kind: 'sqlite', linked: false },
  { kind: 'sqlite', linked: true },
  { kind: 'postgres', linked: false },
  { kind: 'postgres', linked: true },
] as const)('§6.22: nested writes to $kind, learned from the adapter: $linked', ({ kind, linked }) => {
  let database: TestDatabase
  const reader = new StatementReader(kind)
  beforeAll(async () => {
    database = await databases[kind]()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  test.each(Object.entries(AT_DEPTH))('%s invalidates the models that its statements change', async (verb, data) => {
    await using shop = await Shop.open(database, { linked })
    const changed = new Set<string>()
    await shop.prisma.user.count({ cache: true })
    shop.events.splice(0)
    shop.sql()
    await shop.prisma.user.update({ where: { id: 1 }, data })
    for (const sql of shop.sql())
      for (const statement of reader.read(sql))
        if (statement.kind === 'write') for (const write of statement.writes) changed.add(write.table.name.text)
    const tags = shop.events.flatMap((event) => (event.kind === 'invalidate' ? event.tags : []))
    expect(tags.every((tag) => !tag.startsWith('d:'))).toBe(true)
    const invalidated = MODELS.filter((name) => tags.some((tag) => tag.startsWith('t:') && tag.endsWith(`.${name}`)))
    for (const name of changed) expect(invalidated).toContain(name)
    // By itself the database deletes what hangs on a deleted row.
    const byDatabase = verb === 'delete' ? ['Like'] : []
    if (linked) expect(invalidated.toSorted()).toEqual([...new Set([...changed, ...byDatabase])].toSorted())
  })
})
