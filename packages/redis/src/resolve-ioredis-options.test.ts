import { describe, expect, test } from 'vitest'
import type { RedisOptions } from './redis-options.ts'
import { resolveIoredisOptions } from './resolve-ioredis-options.ts'

function connectionOf(options: RedisOptions): unknown {
  const { target } = resolveIoredisOptions(options)
  return 'connection' in target ? target.connection : 'a client'
}

describe('where to connect', () => {
  test.each<[RedisOptions, unknown]>([
    [{}, {}],
    [{ url: 'redis://127.0.0.1' }, { host: '127.0.0.1' }],
    [{ url: 'redis://cache.example:6380/2' }, { host: 'cache.example', port: 6380, db: 2 }],
    [{ url: 'redis://[::1]:6380' }, { host: '::1', port: 6380 }],
    [{ url: 'redis://user:p%40ss%2F@h' }, { host: 'h', username: 'user', password: 'p@ss/' }],
    [{ url: 'redis://:secret@h/' }, { host: 'h', password: 'secret' }],
    [{ url: 'rediss://h' }, { host: 'h', tls: {} }],
    [{ url: 'unix:///run/a%20b.sock' }, { path: '/run/a b.sock' }],
    [
      { url: 'unix:///run/redis.sock', password: 'secret', db: 1 },
      { path: '/run/redis.sock', password: 'secret', db: 1 },
    ],
    [
      { url: 'rediss://h', tls: { servername: 's' } },
      { host: 'h', tls: { servername: 's' } },
    ],
    [
      { url: 'redis://h', password: 'secret', db: 1 },
      { host: 'h', password: 'secret', db: 1 },
    ],
    [
      { host: 'h', port: 1, tls: true },
      { host: 'h', port: 1, tls: {} },
    ],
    [{ path: '/run/redis.sock', tls: false }, { path: '/run/redis.sock' }],
  ])('%j is understood', (options, connection) => {
    expect(connectionOf(options)).toEqual(connection)
  })

  test('nothing that was not given hides a default of the client library', () => {
    expect(connectionOf({ url: 'redis://h' })).not.toHaveProperty('port')
  })
})

describe('several servers', () => {
  test('a cluster is some of its nodes, and how to be let in', () => {
    const options = { cluster: ['a', 'b:7000', '[::1]:7001', { host: 'c', port: 7002 }], password: 'secret', tls: true }
    expect(resolveIoredisOptions(options).target).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7000 },
        { host: '::1', port: 7001 },
        { host: 'c', port: 7002 },
      ],
      connection: { password: 'secret', tls: {} },
    })
  })

  test('sentinels have credentials of their own', () => {
    const sentinel = { name: 'main', sentinels: ['a', 'b:26380'], username: 'watch', password: 'dog' }
    expect(resolveIoredisOptions({ sentinel, password: 'secret', db: 2 }).target).toEqual({
      kind: 'sentinel',
      connection: {
        name: 'main',
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
        ],
        sentinelUsername: 'watch',
        sentinelPassword: 'dog',
        enableTLSForSentinelMode: false,
        password: 'secret',
        db: 2,
      },
    })
  })
})

describe('wrong options', () => {
  test.each<[string, unknown, RegExp]>([
    ['another protocol', { url: 'http://h' }, /redis:\/\//],
    ['a socket without a path', { url: 'unix:///' }, /unix:/],
    ['a socket and a path', { url: 'unix:///a', path: '/b' }, /`path` twice/],
    ['a socket and a host', { url: 'unix:///a', host: 'h' }, /not both/],
    ['a path and a host', { path: '/a', port: 1 }, /not both/],
    ['no URL at all', { url: 'localhost' }, /redis:\/\//],
    ['parameters in the URL', { url: 'redis://h?enableOfflineQueue=true' }, /parameters/],
    ['a path that is no number', { url: 'redis://h/users' }, /number of a database/],
    ['two passwords', { url: 'redis://:a@h', password: 'b' }, /`password` twice/],
    ['two hosts', { url: 'redis://h', host: 'i' }, /`host` twice/],
    ['TLS on and off', { url: 'rediss://h', tls: false }, /tls/],
    ['a timeout of nothing', { timeoutMs: 0 }, /timeoutMs/],
    ['a timeout that is no number', { timeoutMs: Number.NaN }, /timeoutMs/],
    ['a journal of nothing', { journalLength: 0 }, /journalLength/],
    ['half a record', { journalLength: 1.5 }, /journalLength/],
    ['no client', { client: undefined }, /not an ioredis client/],
    ['something else as client', { client: {} }, /not an ioredis client/],
    [
      'a cluster client that reads from replicas',
      { client: { callBuffer() {}, duplicate() {}, nodes() {}, isCluster: true, options: { scaleReads: 'slave' } } },
      /scaleReads/,
    ],
    ['a cluster without nodes', { cluster: [] }, /`cluster`.*at least one/],
    ['a cluster that is no list', { cluster: 'h:1' }, /`cluster`.*list/],
    ['a node without a host', { cluster: [':6379'] }, /`cluster`.*host with a port/],
    ['a node with credentials in its address', { cluster: ['user:secret@h:1'] }, /`cluster`.*host with a port/],
    ['a node with a port beyond all ports', { cluster: [{ host: 'h', port: 65_536 }] }, /`cluster`/],
    ['a cluster and a URL', { cluster: ['h'], url: 'redis://h' }, /`cluster` or `url`/],
    [
      'a cluster and sentinels',
      { cluster: ['h'], sentinel: { name: 'n', sentinels: ['h'] } },
      /`cluster` or `sentinel`/,
    ],
    ['a cluster with databases', { cluster: ['h'], db: 1 }, /`db`/],
    ['sentinels of nothing', { sentinel: { name: '', sentinels: ['h'] } }, /`sentinel.name`/],
    ['no sentinels', { sentinel: { name: 'n', sentinels: [] } }, /`sentinel.sentinels`/],
    ['a client and a server', { client: { callBuffer() {}, duplicate() {} }, url: 'redis://h' }, /not both/],
  ])('%s is a TypeError', (_name, options, message) => {
    expect(() => resolveIoredisOptions(options as RedisOptions)).toThrow(TypeError)
    expect(() => resolveIoredisOptions(options as RedisOptions)).toThrow(message)
  })
})

test('defaults are a second and ten thousand records', () => {
  expect(resolveIoredisOptions({})).toMatchObject({ timeoutMs: 1000, journalLength: 10_000 })
})
