import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { Redis } from 'iovalkey'
import { expectTypeOf, test } from 'vitest'
import { redis as overIoredis } from '../redis.ts'
import { redis } from './redis.ts'

test('a backend made from a URL has a client of iovalkey', () => {
  expectTypeOf(redis({ url: 'redis://h' }).client).toEqualTypeOf<Redis>()
})

test('clients of another copy, version or fork of the library are taken', () => {
  expectTypeOf(redis({ client: new Redis() }).client).toEqualTypeOf<Redis>()
  expectTypeOf(redis({ client: new Redis5() }).client).toEqualTypeOf<Redis5>()
  expectTypeOf(overIoredis({ client: new Redis5() }).client).toEqualTypeOf<Redis5>()
  expectTypeOf(overIoredis({ client: new Redis6() }).client).toEqualTypeOf<Redis6>()
  expectTypeOf(overIoredis({ client: new Redis() }).client).toEqualTypeOf<Redis>()
})
