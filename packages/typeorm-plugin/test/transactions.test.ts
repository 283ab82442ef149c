import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createCacheManager, memory } from '@larder/core'
import type { EntityManager } from 'typeorm'
import type { Backend } from '@larder/core'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Post } from './entities.ts'
import { Shop } from './shop.ts'

/** How many times tags were invalidated. */
function invalidations(shop: Shop): number {
  return shop.events.filter((event) => event.kind === 'invalidate').length
}

describe.each(['postgres', 'mariadb', 'sqljs'] as const)('transactions on %s', (name) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases[name]()))
  afterAll(() => database[Symbol.asyncDispose]())

  const titleOf =
    (shop: Shop): (() => Promise<string | undefined>) =>
    async () =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title

  test('#36 #38 a transaction sees its own writes, others what was true before, and the new only after the commit', async () => {
    await using shop = await Shop.open(database.options)
    if (name === 'sqljs') return
    const title = titleOf(shop)
    await title()
    await shop.source.transaction(async (tx) => {
      await tx.update(Post, 1, { title: 'inside' })
      expect((await tx.findOne(Post, { where: { id: 1 }, cache: true }))?.title).toBe('inside')
      const outside = await shop.counted(title)
      expect([outside.value, outside.sql]).toEqual(['one', 0])
      expect(invalidations(shop)).toBe(0)
    })
    expect(await title()).toBe('inside')
    expect(invalidations(shop)).toBe(1)
  })

  test('#37 a rollback sends nothing to the cache, and its reads leave no trace', async () => {
    await using shop = await Shop.open(database.options)
    const title = titleOf(shop)
    await title()
    const rolledBack = shop.source.transaction(async (tx) => {
      await tx.update(Post, 1, { title: 'never' })
      await tx.findOne(Post, { where: { id: 2 }, cache: true })
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    expect(invalidations(shop)).toBe(0)
    expect((await shop.counted(title)).sql).toBe(0)
    expect((await shop.counted(() => shop.source.manager.findOne(Post, { where: { id: 2 }, cache: true }))).sql).toBe(1)
  })

  test('#38 a BEGIN by hand counts as well', async () => {
    await using shop = await Shop.open(database.options)
    const title = titleOf(shop)
    await title()
    const runner = shop.source.createQueryRunner()
    await runner.query('BEGIN')
    await runner.query("UPDATE post SET title = 'by hand' WHERE id = 1")
    expect((await runner.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title).toBe('by hand')
    expect(invalidations(shop)).toBe(0)
    await runner.query('COMMIT')
    await runner.release()
    expect(await title()).toBe('by hand')
  })

  test('#38 a transaction that only reads is not answered from the cache, and leaves nothing there', async () => {
    await using shop = await Shop.open(database.options)
    const find = (manager: EntityManager, id: number) => (): Promise<Post | null> =>
      manager.findOne(Post, { where: { id }, cache: true })
    const { manager } = shop.source
    await find(manager, 1)()
    const inside = await shop.source.transaction(async (tx) => [
      (await shop.counted(find(tx, 1))).sql,
      (await shop.counted(find(tx, 2))).sql,
    ])
    expect(inside).toEqual([1, 1])
    expect([(await shop.counted(find(manager, 1))).sql, (await shop.counted(find(manager, 2))).sql]).toEqual([0, 1])
    const runner = shop.source.createQueryRunner()
    await runner.query('BEGIN')
    expect(await shop.warms(find(runner.manager, 3))).toBe(false)
    await runner.query('ROLLBACK')
    await runner.release()
    expect((await shop.counted(find(manager, 3))).sql).toBe(1)
  })

  test('#40 savepoints: rolled back, released, and rolled back with the whole', async () => {
    await using shop = await Shop.open(database.options)
    const title = titleOf(shop)
    const two = async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 2 }, cache: true }))?.title
    await Promise.all([title(), two()])
    await shop.source.transaction(async (tx) => {
      await tx.update(Post, 2, { title: 'kept' })
      await tx
        .transaction(async (inner) => {
          await inner.update(Post, 1, { title: 'dropped' })
          throw new Error('inner')
        })
        .catch(() => undefined)
      await tx.transaction((inner) => inner.update(Post, 2, { title: 'released' }))
      expect(invalidations(shop)).toBe(0)
    })
    expect([await title(), await two()]).toEqual(['one', 'released'])
    const before = invalidations(shop)
    await shop.source
      .transaction(async (tx) => {
        await tx.transaction((inner) => inner.update(Post, 1, { title: 'released' }))
        throw new Error('outer')
      })
      .catch(() => undefined)
    expect(invalidations(shop)).toBe(before)
    expect((await shop.counted(title)).value).toBe('one')
  })

  test('#41 a COMMIT that PostgreSQL turns into a ROLLBACK keeps nothing that was not committed', async () => {
    await using shop = await Shop.open(database.options)
    if (name !== 'postgres') return
    const title = titleOf(shop)
    await title()
    await shop.source.transaction(async (tx) => {
      await tx.update(Post, 1, { title: 'lost' })
      await tx.query('SELECT 1/0').catch(() => undefined)
    })
    expect(await title()).toBe('one')
  })

  test('#42 a COMMIT of which nobody knows the outcome invalidates', async () => {
    await using shop = await Shop.open(database.options)
    if (name !== 'postgres') return
    const title = titleOf(shop)
    await title()
    const runner = shop.source.createQueryRunner()
    await runner.startTransaction()
    await runner.manager.update(Post, 1, { title: 'unknown' })
    const connection = (runner as unknown as { databaseConnection: { query: (sql: string) => Promise<unknown> } })
      .databaseConnection
    const send = connection.query.bind(connection)
    // Carried out, but its answer is lost.
    connection.query = async (sql: string) => {
      await send(sql)
      throw new Error('connection lost')
    }
    await expect(runner.commitTransaction()).rejects.toThrow('connection lost')
    expect(await title()).toBe('unknown')
    connection.query = send
    Object.assign(runner, { isTransactionActive: false })
    await runner.release()
  })

  test('#44 who is told of the commit, and who waited for it, reads the new value', async () => {
    await using shop = await Shop.open(database.options)
    const title = titleOf(shop)
    const seen: (string | undefined)[] = []
    shop.source.subscribers.push({
      afterTransactionCommit: async () => {
        // On sql.js all share one connection, which has not left its transaction yet.
        seen.push(await title())
      },
    })
    await title()
    await shop.source.transaction((tx) => tx.update(Post, 1, { title: 'new' }))
    seen.push(await title())
    expect(seen).toEqual(['new', 'new'])
  })

  test('#45 #43 concurrent transactions on one row, and a store that is away at the commit', async () => {
    const backend = memory()
    const faulty = { down: false, appended: 0 }
    const l2: Backend = {
      ...backend,
      journal: faultyJournal(backend.journal as NonNullable<Backend['journal']>, faulty),
      health: () => backend.health(),
      close: () => backend.close(),
    }
    await using manager = createCacheManager({ l2, defaults: { timeouts: { store: '200ms' } } })
    await using shop = await Shop.open(database.options, { cache: manager })
    const title = titleOf(shop)
    await title()
    faulty.down = true
    await shop.source.transaction((tx) => tx.update(Post, 1, { title: 'while away' }))
    expect(await title()).toBe('while away')
    expect(shop.events.filter((event) => event.kind === 'invalidate')).toHaveLength(1)
    faulty.down = false
    // What waited is sent by itself.
    await vi.waitFor(() => expect(faulty.appended).toBeGreaterThan(0), { timeout: 10_000 })
    if (name === 'sqljs') return
    const [first, second] = [shop.source.createQueryRunner(), shop.source.createQueryRunner()]
    await first.startTransaction()
    await first.manager.update(Post, 1, { title: 'first' })
    await second.startTransaction()
    const blocked = second.manager.update(Post, 1, { title: 'second' })
    await first.commitTransaction()
    await blocked
    expect(await title()).toBe('first')
    await second.commitTransaction()
    expect(await title()).toBe('second')
    await first.release()
    await second.release()
  })
})

function faultyJournal(
  journal: NonNullable<Backend['journal']>,
  state: { readonly down: boolean; appended: number },
): NonNullable<Backend['journal']> {
  return new Proxy(journal, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      if (property !== 'append') return (value as (...args: unknown[]) => unknown).bind(target)
      return (...args: unknown[]): unknown => {
        if (state.down) return Promise.reject(new Error('away'))
        state.appended++
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
}
