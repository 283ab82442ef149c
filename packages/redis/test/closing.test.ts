import { StoreUnavailableError, systemClock } from '@larder/core'
import { describe, expect } from 'vitest'
import { CLIENTS } from './clients.ts'
import { eventually, sleep } from './eventually.ts'
import { testIn } from './world.ts'

const TIMEOUT_MS = 300
/** What a busy machine may add. */
const SLACK_MS = 700
const TOKEN = 'token-of-16-char'

describe.concurrent.each(CLIENTS)('over $name', (client) => {
  describe('closing', () => {
    testIn(
      client,
      'later calls reject, closing twice does nothing, and the server has no client left',
      async ({ open, connections }) => {
        const backend = open()
        const tail = backend.journal.tail('ns', { record: () => {}, resync: () => {} })
        await backend.store.get('a')
        await Promise.all([backend.close(), backend.close()])
        await backend.close()
        await tail.close()
        await expect(backend.store.get('a')).rejects.toBeInstanceOf(StoreUnavailableError)
        await expect(backend.journal.sync('ns', undefined)).rejects.toThrow(/closed/)
        expect(await backend.health()).toMatchObject({ status: 'down' })
        await eventually(async () => (await connections()) === 0)
      },
    )

    testIn(client, 'leaves no connection behind that was still being made', async ({ open, connections }) => {
      const backend = open()
      const read = backend.store.get('a').catch(() => {})
      backend.journal.tail('ns', { record: () => {}, resync: () => {} })
      await backend.close()
      await read
      await sleep(200)
      await eventually(async () => (await connections()) === 0)
    })

    testIn(client, 'answers calls under way', async ({ open }) => {
      const backend = open()
      const read = backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
      await backend.store.get('b')
      const late = backend.store.take('c', { token: TOKEN, leaseMs: 60_000 })
      await backend.close()
      expect((await read).kind).toBe('granted')
      expect((await late).kind).toBe('granted')
    })

    testIn(client, 'is bounded while the server hangs', async ({ server, open }) => {
      const backend = open({ timeoutMs: TIMEOUT_MS })
      await backend.store.get('a')
      server.pause()
      const start = systemClock.monotonic()
      await backend.close()
      expect(systemClock.monotonic() - start).toBeLessThan(TIMEOUT_MS + 1000 + SLACK_MS)
      server.resume()
    })
  })
})
