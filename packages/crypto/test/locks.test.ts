import { createCacheManager, memory } from '@larder/core'
import type { Backend, Locks } from '@larder/core/contracts'
import { expect, test } from 'vitest'
import { authenticated, createKeyRing, hashKeys } from '../src/index.ts'
import { testKey } from './keys.ts'

/** A memory backend that writes down which locks it is asked for. */
function listeningBackend(): { readonly backend: Backend; readonly asked: string[] } {
  const asked: string[] = []
  const inner = memory()
  const locks = inner.locks as Locks
  const listening: Locks = {
    manifest: locks.manifest,
    acquire(key, request) {
      asked.push(key)
      return locks.acquire(key, request)
    },
    extend: (key, token, ttlMs) => locks.extend(key, token, ttlMs),
    release: (key, token) => locks.release(key, token),
    close: () => locks.close(),
  }
  return { backend: { ...inner, store: inner.store, locks: listening }, asked }
}

test('the names of locks are hidden like those of keys, and an authenticated backend keeps its locks', async () => {
  const { backend, asked } = listeningBackend()
  const keyRing = createKeyRing({ primary: 'a', keys: { a: testKey('a') } })
  await using caches = createCacheManager({
    l2: authenticated(backend, { keyRing }),
    naming: hashKeys({ key: testKey('names') }),
  })
  await using ofCache = await caches.cache<string>('users').tryLock('alice@example.org', '10s')
  await using ofManager = await caches.tryLock('report of alice@example.org', '10s')
  expect([ofCache, ofManager].every((lock) => lock !== undefined)).toBe(true)
  expect(asked).toHaveLength(2)
  expect(asked.join(' ')).not.toContain('alice')
})
