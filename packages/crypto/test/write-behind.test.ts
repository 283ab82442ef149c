import { createCacheManager, DecryptionError, memory, UnsupportedError } from '@larder/core'
import { FakeClock, SeededRandom } from '@larder/testing'
import { expect, test } from 'vitest'
import { aesGcm, createKeyRing, hashKeys } from '../src/index.ts'
import { testKey } from './keys.ts'

const keyRing = createKeyRing({ primary: 'a', keys: { a: testKey('a') } })
const CANARY = 'canary-7f3a'

test('what is written behind lies in the queue sealed, its key too, and comes to the writer as it was given', async () => {
  const clock = new FakeClock()
  const backend = memory({ clock, random: new SeededRandom(1) })
  const sealer = aesGcm({ keyRing })
  const seen: unknown[] = []
  const options = { sealer, naming: hashKeys({ key: testKey('h') }), l2: backend, clock, onError: () => {} }
  const caches = createCacheManager(options)
  const users = caches.cache<string>('users', {
    write: (items) => {
      seen.push(...items.map(({ key, value }) => [key, value]))
      throw new Error(`refused: ${CANARY}`)
    },
    writeBehind: { attempts: 1 },
  })
  await users.writeBehind(`key-${CANARY}`, `value-${CANARY}`)
  expect(await users.get(`key-${CANARY}`)).toBe(`value-${CANARY}`)
  const name = { namespace: 'larder', cache: 'users' }
  const claimed = await backend.queue?.claim(name, 0, { token: 't', leaseMs: 1, most: 10, resume: false })
  const ref = claimed?.kind === 'owned' ? claimed.refs[0] : undefined
  const [frame] = (await backend.queue?.pending(name, [ref?.key ?? ''])) ?? []
  expect(ref).toBeDefined()
  expect(frame).toBeDefined()
  for (const bytes of [ref?.key ?? '', ref?.label ?? '', frame ?? ''])
    expect(Buffer.from(bytes as Uint8Array).toString('latin1')).not.toContain('canary')
  await clock.advance(60_000)
  expect(seen).toEqual([[`key-${CANARY}`, `value-${CANARY}`]])
  const [letter] = await users.deadLetters.inspect()
  expect(letter).toMatchObject({ key: `key-${CANARY}`, value: `value-${CANARY}`, reason: 'Error' })
  await caches.close()
})

test('a process without the key cannot write what is queued, and says so; hidden keys without a sealer are not queued', async () => {
  const clock = new FakeClock()
  const backend = memory({ clock, random: new SeededRandom(1) })
  const errors: unknown[] = []
  const one = createCacheManager({ sealer: aesGcm({ keyRing }), l2: backend, clock })
  const idle = { write: () => {}, writeBehind: { batchDelay: '1h', takeover: '1s' } } as const
  await one.cache<string>('users', idle).writeBehind('a', 'value')
  const other = createKeyRing({ primary: 'b', keys: { b: testKey('b') } })
  const two = createCacheManager({
    sealer: aesGcm({ keyRing: other }),
    l2: backend,
    clock,
    onError: (e) => errors.push(e),
  })
  const written: unknown[] = []
  const users = two.cache<string>('users', { ...idle, write: (items) => void written.push(items) })
  const flushed = expect(users.flush({ deadline: '1s' })).rejects.toThrow('flush')
  await clock.advance(1_000)
  await flushed
  expect(written).toEqual([])
  expect(errors[0]).toBeInstanceOf(DecryptionError)
  const hidden = createCacheManager({
    naming: hashKeys({ key: testKey('h') }),
    namespace: 'hidden',
    l2: backend,
    clock,
  })
  await expect(hidden.cache<string>('users', idle).writeBehind('a', 'x')).rejects.toThrow(UnsupportedError)
})
