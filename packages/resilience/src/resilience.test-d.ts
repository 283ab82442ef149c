import { createCache, memory } from '@larder/core'
import type { Backend } from '@larder/core'
import type { Executor, Journal } from '@larder/core/contracts'
import { expectTypeOf, test } from 'vitest'
import { circuitBreaker, resilient, resilientLoader, timeout, wrap } from './index.ts'

test('a loader given to a cache knows its key and its context', () => {
  createCache<{ readonly name: string }, number>('users', {
    load: resilientLoader(
      async (id, { signal, stale }) => {
        expectTypeOf(id).toEqualTypeOf<number>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        expectTypeOf(stale).toEqualTypeOf<{ readonly name: string } | undefined>()
        return { name: 'Ada' }
      },
      { breaker: {} },
    ),
  })
})

test('a loader keeps its type', () => {
  const load = resilientLoader(async (id: number) => `user ${id}`, { timeout: '1s' })
  expectTypeOf(load).parameters.toEqualTypeOf<[number]>()
  expectTypeOf(load).returns.toEqualTypeOf<Promise<string>>()
})

test('a resilient backend is a backend, and keeps what it had', () => {
  const backend = resilient({ ...memory(), client: 'client', journal: memory().journal as Journal })
  expectTypeOf(backend).toExtend<Backend>()
  expectTypeOf(backend.client).toEqualTypeOf<string>()
  expectTypeOf(backend.journal).toEqualTypeOf<Journal>()
})

test('policies are executors', () => {
  expectTypeOf(wrap(timeout('1s'), circuitBreaker())).toEqualTypeOf<Executor>()
  expectTypeOf(timeout('1s').execute(async () => 1)).toEqualTypeOf<Promise<number>>()
  // @ts-expect-error At least one executor.
  wrap()
})
