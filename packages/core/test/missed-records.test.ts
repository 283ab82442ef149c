import type { JournalRecord } from '@larder/core/contracts'
import { describe, expect, test } from 'vitest'
import { settle, steppedWorld } from './stepped.ts'

const KEY = 'k'

describe('a node that missed something', () => {
  test('notices it by the next record', async () => {
    const { node } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const [mine, theirs] = [a.manager.cache<string>('c'), b.manager.cache<string>('c')]
    await mine.setMany([[KEY, 'old'], ['other', 'x']]) // prettier-ignore
    await theirs.getMany([KEY, 'other'])
    b.keepPushes()
    await mine.delete(KEY)
    b.dropPushes()
    await b.deliver()
    const sync = b.hold('sync')
    await mine.delete('other')
    expect(theirs.peek(KEY)).toBeUndefined()
    await sync.reply()
    expect(await theirs.get(KEY)).toBeUndefined()
  })

  test('notices it by the next heartbeat', async () => {
    const { node, clock } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const [mine, theirs] = [a.manager.cache<string>('c'), b.manager.cache<string>('c')]
    await mine.set(KEY, 'old')
    await theirs.get(KEY)
    b.keepPushes()
    await mine.delete(KEY)
    b.dropPushes()
    expect(theirs.peek(KEY)).toBe('old')
    await clock.advance(700)
    expect(theirs.peek(KEY)).toBeUndefined()
  })

  test('does not trust its memory when the proof is as old as the heartbeat, however late the answer came', async () => {
    const { node, clock } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const [mine, theirs] = [a.manager.cache<string>('c'), b.manager.cache<string>('c')]
    await mine.set(KEY, 'old')
    await theirs.get(KEY)
    const sync = b.hold('sync')
    await clock.advance(667)
    await sync.execute()
    b.keepPushes()
    await mine.delete(KEY)
    b.dropPushes()
    await clock.advance(600)
    await sync.reply()
    b.failing = new Set(['sync'])
    expect(theirs.peek(KEY)).toBe('old')
    await clock.advance(1_433)
    expect(theirs.peek(KEY)).toBeUndefined()
    expect(await theirs.get(KEY)).toBeUndefined()
  })

  test('asks for the marks of what it reads while it cannot know', async () => {
    const { node, clock } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const [mine, theirs] = [a.manager.cache<string>('c'), b.manager.cache<string>('c')]
    await mine.set(KEY, 'old', { tags: ['t'] })
    await theirs.get(KEY)
    b.failing = new Set(['sync'])
    b.keepPushes()
    await clock.advance(3_000)
    await mine.invalidateTags('t')
    expect(theirs.peek(KEY)).toBeUndefined()
    expect(await theirs.get(KEY)).toBeUndefined()
  })

  test('and cannot tell what, forgets everything', async () => {
    const { node, clock } = steppedWorld({ journalLength: 2 })
    const [a, b] = [await node(), await node()]
    const [mine, theirs] = [a.manager.cache<string>('c'), b.manager.cache<string>('c')]
    await mine.set(KEY, 'old')
    await theirs.get(KEY)
    b.keepPushes()
    for (const key of [KEY, 'x', 'y', 'z']) await mine.delete(key)
    b.dropPushes()
    await clock.advance(700)
    expect(theirs.peek(KEY)).toBeUndefined()
    await mine.set('other', 'x')
    expect(await theirs.get('other')).toBe('x')
    expect(theirs.peek(KEY)).toBeUndefined()
    expect(await theirs.get(KEY)).toBeUndefined()
  })

  test('and forgets everything, does not let a read under way bring the old value back', async () => {
    const { node, clock } = steppedWorld({ journalLength: 2 })
    const [a, b] = [await node(), await node()]
    const [mine, theirs] = [a.manager.cache<string>('c'), b.manager.cache<string>('c')]
    await mine.set(KEY, 'old')
    await clock.advance(0)
    const get = b.hold('getMany')
    const read = theirs.get(KEY)
    await settle()
    await get.execute()
    b.keepPushes()
    for (const key of [KEY, 'x', 'y', 'z']) await mine.delete(key)
    b.dropPushes()
    await clock.advance(700)
    await get.reply()
    await read
    expect(theirs.peek(KEY)).toBeUndefined()
    expect(await theirs.get(KEY)).toBeUndefined()
  })

  test('repeats what it applied and a failover lost', async () => {
    const { node, clock, shared } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const told: JournalRecord[] = []
    shared.journal.tail('larder', { record: (record) => told.push(record), resync: () => {} })
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old', { tags: ['t'] })
    await cache.delete(KEY)
    await cache.invalidateTags('t')
    const sync = b.hold('sync')
    const missing = b.hold('missing')
    await clock.advance(667)
    const head = told.at(-1) as JournalRecord
    await sync.reply({ kind: 'reset', head: { id: head.id, nonce: head.nonce }, firstId: '0-0' })
    const lost = told.splice(0).slice(-2)
    await missing.reply(lost.map(({ id, nonce }) => ({ id, nonce })))
    expect(told.map(({ kind, items }) => ({ kind, items }))).toEqual([
      { kind: 'keys', items: ['c:k'] },
      { kind: 'tags', items: ['t'] },
    ])
    expect(lost.map(({ kind }) => kind)).toEqual(['keys', 'tags'])
  })
})
