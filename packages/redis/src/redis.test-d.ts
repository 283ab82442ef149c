import { Redis } from 'ioredis'
import { expectTypeOf, test } from 'vitest'
import type { Backend, Journal } from '@larder/core/contracts'
import { createBackend, registerBackend } from '@larder/core'
import { redis } from './index.ts'
import type { RedisBackend } from './index.ts'

test('a backend made from a URL has an ioredis client, one made from a client has that one', () => {
  expectTypeOf(redis).toBeCallableWith({ url: 'redis://h' })
  expectTypeOf(redis({ url: 'redis://h' }).client).toEqualTypeOf<Redis>()
  class Mine extends Redis {
    readonly mine = true
  }
  expectTypeOf(redis({ client: new Mine() }).client).toEqualTypeOf<Mine>()
})

test('it is a backend with a journal', () => {
  expectTypeOf(redis()).toExtend<Backend>()
  expectTypeOf(redis().journal).toEqualTypeOf<Journal>()
})

test('options that do not exist do not compile', () => {
  // @ts-expect-error -- a misspelt option
  redis({ ur: 'redis://h' })
  // @ts-expect-error -- not a client
  redis({ client: 5 })
})

test('as a provider it has the same options, and makes the same backend', () => {
  expectTypeOf(createBackend({ provider: 'ioredis', url: 'redis://h', db: 3 })).toEqualTypeOf<RedisBackend>()
  // @ts-expect-error -- a wrong option of a known provider
  createBackend({ provider: 'ioredis', db: 'three' })
  // @ts-expect-error -- an option that does not exist
  createBackend({ provider: 'memory', maxEntrys: 3 })
  // @ts-expect-error -- no provider
  createBackend({ url: 'redis://h' })
  const name: string = 'anything'
  expectTypeOf(createBackend({ provider: name, url: 'x' })).toEqualTypeOf<Backend>()
  expectTypeOf(createBackend({ provider: 'of-somebody', anything: 1 })).toEqualTypeOf<Backend>()
  registerBackend('ioredis', redis)
  registerBackend('of-somebody', ({ url }) => redis({ url: String(url) }))
  // @ts-expect-error -- a promise of a backend
  registerBackend('late', async () => redis())
})
