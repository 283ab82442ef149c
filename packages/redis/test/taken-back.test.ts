import { describe, expect } from 'vitest'
import { CLIENTS } from './clients.ts'
import { eventually } from './eventually.ts'
import { testIn } from './world.ts'

const TIMEOUT_MS = 300
const TOKEN = 'token-of-16-char'

describe.concurrent.each(CLIENTS.filter(({ name }) => name.startsWith('node-redis')))('over $name', (client) => {
  testIn(client, 'what could not be written is taken back when its caller is told that it failed', async (world) => {
    const { server, admin, open } = world
    const backend = open({ timeoutMs: TIMEOUT_MS })
    await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
    server.pause()
    // More than sockets hold, so that what comes after it waits in the client.
    const frame = Buffer.alloc(4 * 2 ** 20)
    const request = { token: TOKEN, frame, ttlMs: 1000 }
    const fills = Array.from({ length: 12 }, (_, i) => backend.store.fill(`f${i}`, request))
    const take = backend.store.take('b', { token: TOKEN, leaseMs: 60_000 })
    for (const call of await Promise.allSettled([...fills, take]))
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ERR_LARDER_STORE_TIMEOUT' } })
    server.resume()
    await eventually(async () => (await backend.store.get('a')) === undefined)
    expect(await admin.exists('a:lease')).toBe(1)
    expect(await admin.exists('b:lease')).toBe(0)
  })
})
