import { inspect } from 'node:util'
import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Shop } from './shop.ts'

const text = (value: unknown): string => inspect(value, { depth: 9 })

/** Lets a reader's statements through, and holds back what the last of them answered. */
class Gate {
  hold = false
  readonly #opened: Promise<void>
  readonly arrived: Promise<void>
  open: () => void = () => undefined
  #arrive: () => void = () => undefined

  constructor() {
    this.#opened = new Promise((resolve) => (this.open = resolve))
    this.arrived = new Promise((resolve) => (this.#arrive = resolve))
  }

  async pass(sql: string, until: string): Promise<void> {
    if (!this.hold || !sql.includes(until)) return
    this.#arrive()
    await this.#opened
  }
}

function gated(database: TestDatabase, gate: Gate, until: string): TestDatabase {
  return {
    ...database,
    adapter: () => {
      const factory = database.adapter()
      const connect = factory.connect.bind(factory)
      factory.connect = async () => {
        const adapter = await connect()
        const query = adapter.queryRaw.bind(adapter)
        adapter.queryRaw = async (given) => {
          const result = await query(given)
          await gate.pass(given.sql, until)
          return result
        }
        return adapter
      }
      return factory
    },
  }
}

const READS = [
  {
    name: '§6.46: a row',
    until: '"users"',
    read: ({ prisma }: Shop) => prisma.user.findUnique({ where: { id: 1 }, cache: true }),
  },
  {
    name: '§6.46: a list',
    until: '"Post"',
    read: ({ prisma }: Shop) => prisma.post.findMany({ where: { authorId: 1 }, orderBy: { id: 'asc' }, cache: true }),
  },
  {
    name: '§6.47: rows that the result tells of',
    until: '"Comment"',
    read: ({ prisma }: Shop) =>
      prisma.user.findMany({ where: { id: 3 }, include: { comments: { orderBy: { id: 'asc' } } }, cache: true }),
  },
] as const

describe.each([{ linked: false }, { linked: true }])('races (adapter: $linked)', ({ linked }) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await databases.postgres()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  test.each(READS)('$name, read before a change and kept after it, is read again', async ({ name, until, read }) => {
    await using server = await startRedis()
    const namespace = `race-${linked ? 'linked' : 'bare'}-${name.length}`
    await using slow = createCacheManager({ namespace, l2: redis({ url: server.url }) })
    await using quick = createCacheManager({ namespace, l2: redis({ url: server.url }) })
    const gate = new Gate()
    await using reader = await Shop.open(gated(database, gate, until), { linked, cache: slow })
    await using writer = await Shop.open(database, { linked, filled: true, cache: quick })
    gate.hold = true
    const held = read(reader).then((answer) => answer)
    await gate.arrived
    await writer.prisma.user.update({ where: { id: 1 }, data: { name: 'new' } })
    await writer.prisma.post.update({ where: { id: 1 }, data: { title: 'new' } })
    await writer.prisma.comment.create({ data: { postId: 2, text: 'new', writerId: 3 } })
    gate.hold = false
    gate.open()
    const old = text(await held)
    const fresh = text(await read(writer))
    expect(fresh).toContain("'new'")
    expect(old).not.toContain("'new'")
    expect(text(await read(reader))).toBe(fresh)
  })
})
