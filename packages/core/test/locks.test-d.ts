import { createCacheManager } from '@larder/core'
import type { Lock } from '@larder/core'
import { expectTypeOf, test } from 'vitest'

const caches = createCacheManager()
const users = caches.cache<string, number>('users')

test('withLock resolves with what the body gives, awaited', () => {
  expectTypeOf(users.withLock(42, { ttl: '10s' }, async () => 7)).resolves.toEqualTypeOf<number>()
  expectTypeOf(users.withLock(42, { ttl: 10_000, wait: 0, extend: false }, () => 'x')).resolves.toEqualTypeOf<string>()
  expectTypeOf(caches.withLock('job', { ttl: '10s' }, (lock) => lock.release())).resolves.toEqualTypeOf<boolean>()
})

test('tryLock may give nothing', () => {
  expectTypeOf(users.tryLock(42, '10s')).resolves.toEqualTypeOf<Lock | undefined>()
})

test('what makes no sense does not compile', () => {
  // @ts-expect-error a key of another type
  void users.tryLock('42', '10s')
  // @ts-expect-error no ttl
  void users.withLock(42, { wait: '1s' }, () => 1)
  // @ts-expect-error a duration without a unit
  void caches.tryLock('job', '10')
  // @ts-expect-error a name that is no string
  void caches.tryLock(42, '10s')
  // @ts-expect-error no body
  void users.withLock(42, { ttl: '10s' })
})
