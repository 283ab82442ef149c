import type { GlideClient, GlideClientConfiguration } from '@valkey/valkey-glide'
import { expectTypeOf, test } from 'vitest'
import type { Backend } from '@larder/core/contracts'
import { redis } from './redis.ts'

declare const client: GlideClient
declare const configuration: GlideClientConfiguration

test('a client is taken with its configuration, and is what the backend has', () => {
  expectTypeOf(redis({ client, configuration }).client).toEqualTypeOf<GlideClient>()
  expectTypeOf(redis({ client, configuration })).toExtend<Backend>()
  // @ts-expect-error -- without its configuration
  redis({ client })
})

test('a client that is made is a promise', () => {
  expectTypeOf(redis({ url: 'redis://h' }).client).resolves.toEqualTypeOf<GlideClient>()
  expectTypeOf(redis()).toExtend<Backend>()
})
