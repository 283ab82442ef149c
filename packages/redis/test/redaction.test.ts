import { inspect } from 'node:util'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend } from '../src/index.ts'
import { CLIENTS } from './clients.ts'

const CANARY = 'canary-4111111111111111'
const PASSWORD = 'password-canary-hunter2'
const KEY = `ns:{users:${CANARY}}`

let server: ServerHandle
let admin: Redis
let backend: RedisBackend<unknown> | undefined

beforeAll(async () => {
  server = await startRedis({ password: PASSWORD })
  admin = new Redis(server.url)
})

afterEach(async () => {
  await backend?.close()
  await admin.config('SET', 'maxmemory', '0')
  await admin.del(KEY, `${KEY}:lease`)
})

afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

/** Everything that a logger could reach from an error. */
function everything(error: unknown): string {
  const chain: unknown[] = []
  for (let link = error; link instanceof Error; link = link.cause) {
    chain.push(inspect(link, { depth: 20, showHidden: true }), JSON.stringify(link), link.stack, link.message)
    chain.push(JSON.stringify(Object.getOwnPropertyDescriptors(link)))
  }
  expect(chain.length).toBeGreaterThan(0)
  return chain.join('\n')
}

async function errorOf(work: Promise<unknown> | undefined): Promise<unknown> {
  return work?.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const request = { token: 'token-of-16-char', frame: Buffer.from(CANARY), ttlMs: 1000 }

describe.each(CLIENTS)('over $name', (client) => {
  test('an error of the server holds no value, key or password', async () => {
    backend = client.open({ url: server.url })
    await admin.rpush(`${KEY}:lease`, 'a list, not a lease')
    const error = await errorOf(backend.store.fill(KEY, request))
    expect(error).toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE', cause: { code: 'WRONGTYPE' } })
    expect(everything(error)).not.toMatch(/canary/)
  })

  test('a server without memory is told as such, without the value', async () => {
    backend = client.open({ url: server.url })
    await backend.store.get(KEY)
    await admin.config('SET', 'maxmemory', '1')
    const error = await errorOf(backend.store.take(KEY, { token: CANARY, leaseMs: 1000 }))
    expect((error as Error).message).toContain('maxmemory')
    expect(everything(error)).not.toMatch(/canary/)
  })

  test('a script error of the server holds none either', async () => {
    backend = client.open({ url: server.url })
    await admin.set(`${KEY}:floor`, CANARY)
    await admin.set(`${KEY}:lease`, request.token)
    // A time to live that the server does not take.
    const error = await errorOf(backend.store.renew(KEY, request.token, CANARY as unknown as number))
    expect(error).toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE' })
    expect(everything(error)).not.toMatch(/canary/)
  })

  test('a connection that breaks off under a command leaks nothing', async () => {
    await using own = await startRedis({ password: PASSWORD })
    backend = client.open({ url: own.url, timeoutMs: 300 })
    await backend.store.get(KEY)
    own.pause()
    const fill = errorOf(backend.store.fill(KEY, request))
    await own.kill()
    const error = await fill
    expect((error as { code: string }).code).toMatch(/^ERR_LARDER_STORE_(UNAVAILABLE|TIMEOUT)$/)
    expect(everything(error)).not.toMatch(/canary/)
    const refused = await errorOf(backend.store.fill(KEY, request))
    expect(everything(refused)).not.toMatch(/canary/)
    expect(String((await backend.health()).reasons)).not.toMatch(/canary/)
  })

  test('refused credentials are not repeated', async () => {
    backend = client.open({ url: server.url.replace(PASSWORD, `${PASSWORD}-wrong`) })
    const error = await errorOf(backend.store.get(KEY))
    expect((error as Error).message).toContain('WRONGPASS')
    expect(everything(error)).not.toMatch(/canary/)
  })
})

test('a URL that is wrong is not repeated', () => {
  for (const url of [
    `redis://:${PASSWORD}@`,
    `http://u:${PASSWORD}@h`,
    `redis://:${PASSWORD}@h:99999`,
    `redis://:${PASSWORD}@h/x`,
    `redis://:${PASSWORD}@h?a=1`,
  ]) {
    let error: unknown
    try {
      redis({ url })
    } catch (reason) {
      error = reason
    }
    expect(error).toBeInstanceOf(TypeError)
    expect(everything(error)).not.toMatch(/canary/)
  }
})
