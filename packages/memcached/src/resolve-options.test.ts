import { memory } from '@larder/core'
import { expect, test } from 'vitest'
import { memcached } from './memcached.ts'
import type { MemcachedOptions } from './memcached-options.ts'
import { resolveOptions } from './resolve-options.ts'

test('servers are named by host and port, with the usual port, by address, or by socket', () => {
  const servers = ['a', 'B:1', '[::1]:2', 'memcached://c:3', 'unix:/run/m.sock', '10.0.0.1']
  expect(resolveOptions({ servers }).addresses).toEqual([
    { name: 'a:11211', host: 'a', port: 11_211 },
    { name: 'b:1', host: 'B', port: 1 },
    { name: '[::1]:2', host: '::1', port: 2 },
    { name: 'c:3', host: 'c', port: 3 },
    { name: 'unix:/run/m.sock', path: '/run/m.sock' },
    { name: '10.0.0.1:11211', host: '10.0.0.1', port: 11_211 },
  ])
})

const WRONG: readonly (readonly [options: unknown, message: RegExp])[] = [
  [null, /object of options/],
  [{ servers: [] }, /`servers`/],
  [{ servers: 'a' }, /`servers`/],
  [{ servers: [1] }, /`servers`/],
  [{ servers: ['a:0'] }, /`servers`/],
  [{ servers: ['a:70000'] }, /`servers`/],
  [{ servers: ['memcached://user:canary@a'] }, /`servers`/],
  [{ servers: ['a b'] }, /`servers`/],
  [{ servers: ['a', 'A:11211'] }, /twice/],
  [{ timeoutMs: 0 }, /`timeoutMs`/],
  [{ timeoutMs: 1.5 }, /`timeoutMs`/],
  [{ timeoutMs: Infinity }, /`timeoutMs`/],
  [{ maxItemBytes: 100 }, /`maxItemBytes`/],
  [{ tls: 'yes' }, /`tls`/],
  [{ username: 'a' }, /`password`/],
  [{ password: 'canary' }, /`username`/],
  [{ username: 'a b', password: 'canary' }, /`username`/],
  [{ username: 'a', password: 'canary\r\nflush_all' }, /`password`/],
  [{ journal: {} }, /`journal`/],
  [{ journal: { name: 'x', close: () => {} } }, /`journal`/],
]

for (const [options, message] of WRONG) {
  test(`${JSON.stringify(options)} is a TypeError that says what is wrong`, () => {
    expect(() => memcached(options as MemcachedOptions)).toThrow(TypeError)
    expect(() => memcached(options as MemcachedOptions)).toThrow(message)
    expect(() => memcached(options as MemcachedOptions)).not.toThrow(/canary/)
  })
}

test('a journal that tells nobody is refused, another one is used and closed with the backend', async () => {
  expect(() => memcached({ journal: memcached() })).toThrow(/tells nobody/)
  const journal = memory()
  const backend = memcached({ journal })
  expect(backend.journal).toBe(journal.journal)
  await backend.close()
  expect((await journal.health()).status).toBe('down')
})
