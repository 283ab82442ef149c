import { createClient } from 'redis'
import type { RESP_TYPES } from 'redis'
import { createClient as createClient5 } from 'redis-5'
import { expectTypeOf, test } from 'vitest'
import type { Backend } from '@larder/core/contracts'
import { redis } from './redis.ts'

test('clients of node-redis 5 and 6 are taken, and are what the backend has', () => {
  const client6 = createClient()
  const client5 = createClient5()
  expectTypeOf(redis({ client: client6 }).client).toEqualTypeOf(client6)
  expectTypeOf(redis({ client: client5 }).client).toEqualTypeOf(client5)
})

test('so are clients that speak another protocol, or map types', () => {
  const resp2 = createClient({ RESP: 2 })
  expectTypeOf(redis({ client: resp2 }).client).toEqualTypeOf(resp2)
  const mapped = createClient().withTypeMapping({} as { [RESP_TYPES.BLOB_STRING]: typeof Buffer })
  expectTypeOf(redis({ client: mapped }).client).toEqualTypeOf(mapped)
})

test('a client that is made can be used for anything', () => {
  const backend = redis({ url: 'redis://h' })
  expectTypeOf(backend).toExtend<Backend>()
  expectTypeOf(backend.client.hGetAll('h')).resolves.toExtend<object>()
})

test('what is no client does not compile', () => {
  // @ts-expect-error -- not a client
  redis({ client: {} })
  // @ts-expect-error -- a misspelt option
  redis({ ur: 'redis://h' })
})
