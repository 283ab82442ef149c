import { Redis } from 'ioredis'
import { expectTypeOf, test } from 'vitest'
import type { Backend, Journal } from '@larder/core/contracts'
import { redis } from './redis.ts'

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
