import { expect, test } from 'vitest'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import { memory } from './memory.ts'

test('a bound that is not a positive whole number is refused at once', () => {
  for (const bad of [0, -1, 1.5, NaN, Infinity, '10' as never, null as never]) {
    expect(() => memory({ maxEntries: bad }), String(bad)).toThrow(TypeError)
    expect(() => memory({ journalLength: bad }), String(bad)).toThrow(TypeError)
  }
  for (const bad of [0, -1, 1.5, NaN, Infinity, '10', '10tb', null]) {
    expect(() => memory({ maxBytes: bad as never }), String(bad)).toThrow(TypeError)
  }
  expect(() => memory(null as never)).toThrow(TypeError)
})

test('maxBytes may be given as text with a unit', () => {
  expect(memory({ maxBytes: '64mb' }).store.manifest.maxFrameBytes).toBe(64 * 2 ** 20)
  expect(memory().store.manifest.maxFrameBytes).toBe(128 * 2 ** 20)
})

test('two memories share nothing', async () => {
  const [one, two] = [memory(), memory()]
  expect(await one.store.take('a', { token: 't', leaseMs: 1_000 })).toEqual({ kind: 'granted' })
  expect(await two.store.take('a', { token: 't', leaseMs: 1_000 })).toEqual({ kind: 'granted' })
})

test('it is up until it is closed, which may be done twice; from then on calls reject', async () => {
  const backend = memory()
  expect(await backend.health()).toEqual({ status: 'healthy', latencyMs: 0 })
  await backend.close()
  await backend.close()
  expect(await backend.health()).toEqual({ status: 'down', reasons: ['closed'] })
  await expect(backend.store.get('a')).rejects.toThrow(StoreUnavailableError)
  await expect(backend.journal?.sync('ns', undefined)).rejects.toThrow(StoreUnavailableError)
})
