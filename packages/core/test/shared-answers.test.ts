import { describe, expect, test } from 'vitest'
import { heldLoader, makeWorld } from './world.ts'

const LENIENT = { staleAfterInvalidation: true } as const

describe('concurrent reads that want different things', () => {
  test('does not answer a look with the invalidated value that another look asked for', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users', { grace: '1h' })
    await users.readThrough('1', () => 'old')
    await users.expire('1')
    const [lenient, strict] = await Promise.all([users.getEntry('1', LENIENT), users.get('1')])
    expect(lenient).toMatchObject({ value: 'old', state: 'stale', reason: 'invalidated' })
    expect(strict).toBeUndefined()
  })

  test('does not answer a read with the invalidated value that another read accepts', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [
      (await node()).cache<string>('users', { grace: '1h' }),
      (await node()).cache<string>('users', { grace: '1h' }),
    ]
    await a.readThrough('1', () => 'old')
    await a.expire('1')
    const held = heldLoader<string>()
    const loading = b.readThrough('1', held.load)
    await clock.advance(0)
    const lenient = a.readThrough('1', held.load, LENIENT)
    const strict = a.readThrough('1', held.load)
    await clock.advance(0)
    expect(await lenient).toBe('old')
    held.answer('new')
    await clock.advance(1_000)
    expect(await strict).toBe('new')
    expect(await loading).toBe('new')
    expect(held.calls()).toBe(1)
  })
})
