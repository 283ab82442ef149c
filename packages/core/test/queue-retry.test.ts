import { expect, test } from 'vitest'
import { breakable, makeWorld } from './world.ts'

test('the queue goes on after an attempt during which the next one fell due', async () => {
  const world = makeWorld()
  const backend = breakable(world)
  const node = await world.node({ l2: backend, defaults: { onUnavailable: 'queue' } })
  const users = node.cache<string>('users')
  backend.mode = 'reject'
  await users.delete('1')
  backend.mode = 'hang'
  // The attempt begins, and hangs until its deadline.
  await world.clock.advance(700)
  backend.mode = 'reject'
  await users.delete('2')
  await world.clock.advance(2_000)
  backend.mode = 'up'
  await world.clock.advance(3_000)
  expect(await node.health()).toMatchObject({ status: 'healthy', queued: 0 })
  expect(await users.readThrough('1', () => 'stored')).toBe('stored')
  expect(await users.readThrough('1', () => 'loaded again')).toBe('stored')
})
