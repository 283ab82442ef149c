import type { Journal } from '@larder/core/contracts'
import { describe, expect, test, vi } from 'vitest'
import { breakable, makeWorld } from './world.ts'
import type { World } from './world.ts'

async function outage(): Promise<{ world: World; backend: ReturnType<typeof breakable> }> {
  const world = makeWorld()
  return { world, backend: breakable(world) }
}

describe("with onUnavailable: 'queue', while the backend is out of reach", () => {
  test('invalidations resolve, are reported, and reach every node once it is back', async () => {
    const { world, backend } = await outage()
    const away = await world.node({ l2: backend, defaults: { onUnavailable: 'queue' } })
    const users = away.cache<string>('users', { tags: ['people'] })
    const other = (await world.node()).cache<string>('users')
    await users.setMany([['1', 'old'], ['2', 'old'], ['3', 'old']]) // prettier-ignore
    await other.getMany(['1', '2', '3'])

    backend.mode = 'reject'
    expect(await users.set('1', 'new')).toBe('queued')
    await users.delete('2')
    await users.delete('2')
    await users.invalidateTags('people')
    expect(await away.health()).toMatchObject({ status: 'degraded', queued: 3 })
    expect(world.errors.length).toBeGreaterThanOrEqual(4)

    backend.mode = 'up'
    expect(other.peek('1')).toBe('old')
    await world.clock.advance(2_000)
    expect(await away.health()).toMatchObject({ status: 'healthy', queued: 0 })
    expect((await other.getMany(['1', '2', '3'])).size).toBe(0)
    expect((await users.getMany(['1', '2', '3'])).size).toBe(0)
  })

  test('nothing the store says is trusted before they are carried out', async () => {
    const { world, backend } = await outage()
    const users = (await world.node({ l2: backend, l1: false })).cache<string>('users', { onUnavailable: 'queue' })
    await users.set('1', 'old')
    backend.mode = 'reject'
    await users.delete('1')
    backend.mode = 'up'
    expect(await users.get('1')).toBeUndefined()
    expect(await users.readThrough('1', () => 'from the source')).toBe('from the source')
    await world.clock.advance(2_000)
    expect(await users.readThrough('1', () => 'stored')).toBe('stored')
    expect(await users.get('1')).toBe('stored')
  })

  test('a queued set never buries what another node wrote meanwhile', async () => {
    const { world, backend } = await outage()
    const users = (await world.node({ l2: backend })).cache<string>('users', { onUnavailable: 'queue' })
    const other = (await world.node()).cache<string>('users')
    backend.mode = 'reject'
    await users.set('1', 'first')
    await other.set('1', 'second')
    backend.mode = 'up'
    await world.clock.advance(2_000)
    expect(await other.get('1')).toBeUndefined()
    expect(await users.readThrough('1', () => 'second')).toBe('second')
  })

  test('clear waits as well, and many keys wait as their cache', async () => {
    const { world, backend } = await outage()
    const away = await world.node({ l2: backend, defaults: { onUnavailable: 'queue' } })
    const [users, orders] = [away.cache<number, number>('users'), away.cache<string>('orders')]
    await users.set(1, 1)
    await orders.set('1', 'x')
    backend.mode = 'reject'
    await users.deleteMany(Array.from({ length: 10_001 }, (_, key) => key))
    await orders.clear()
    expect((await away.health()).queued).toBe(2)
    backend.mode = 'up'
    await world.clock.advance(2_000)
    expect(await users.get(1)).toBeUndefined()
    expect(await orders.get('1')).toBeUndefined()
    expect((await away.health()).queued).toBe(0)
  })

  test('what is invalidated again while it is carried out waits again', async () => {
    const { world, backend } = await outage()
    const users = (await world.node({ l2: backend })).cache<string>('users', { onUnavailable: 'queue' })
    const other = (await world.node()).cache<string>('users')
    backend.mode = 'reject'
    await users.delete('1')
    const journal = world.backend.journal as Journal
    const append = journal.append.bind(journal)
    vi.spyOn(journal, 'append').mockImplementationOnce(async (...args) => {
      backend.mode = 'reject'
      await users.delete('1')
      await other.set('1', 'old')
      backend.mode = 'up'
      return append(...args)
    })
    backend.mode = 'up'
    await world.clock.advance(3_000)
    expect(await other.get('1')).toBeUndefined()
    expect((await users.health()).queued).toBe(0)
  })

  test('close makes a last attempt', async () => {
    const { world, backend } = await outage()
    const away = await world.node({ l2: backend, defaults: { onUnavailable: 'queue' } })
    const users = away.cache<string>('users')
    const other = (await world.node()).cache<string>('users')
    await other.set('1', 'old')
    backend.mode = 'reject'
    await users.delete('1')
    backend.mode = 'up'
    await away.close()
    expect(await other.get('1')).toBeUndefined()
    world.clock.assertIdle()
  })
})

test("edits reject even with onUnavailable: 'queue': their result must not be guessed", async () => {
  const { world, backend } = await outage()
  const hits = (await world.node({ l2: backend })).cache<number>('hits', { onUnavailable: 'queue' })
  backend.mode = 'reject'
  await expect(hits.increment('a')).rejects.toThrow('ECONNREFUSED')
})
