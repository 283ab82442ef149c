import { systemRandom } from '@larder/core'
import { contractTests, journalSuite, startMemcached, storeSuite } from '@larder/testing'
import type { JournalHarness, ServerHandle, StoreHarness } from '@larder/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { encodeState, NOTHING } from '../src/item/item-state.ts'
import { itemKey } from '../src/item-key.ts'
import { memcachedBackend } from '../src/memcached-backend.ts'
import type { MemcachedBackend } from '../src/memcached-backend.ts'
import { resolveOptions } from '../src/resolve-options.ts'
import { eventually } from './eventually.ts'
import { say } from './say.ts'
import { ShiftedClock } from './shifted-clock.ts'

let servers: readonly ServerHandle[]
let count = 0

beforeAll(async () => {
  servers = await Promise.all([1, 2, 3].map(() => startMemcached({ own: true })))
})

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
})

interface Opened {
  readonly backend: MemcachedBackend
  readonly clock: ShiftedClock
  readonly namespace: string
}

function open(used: readonly ServerHandle[]): Opened {
  const clock = new ShiftedClock()
  const options = resolveOptions({ servers: used.map(({ url }) => url), timeoutMs: 10_000 })
  return { backend: memcachedBackend(options, { clock, random: systemRandom }), clock, namespace: `case-${++count}` }
}

for (const number of [1, 3]) {
  describe(`the store on ${number} ${number === 1 ? 'server' : 'servers'}`, () => {
    const openStore = (): StoreHarness => {
      const used = servers.slice(0, number)
      const { backend, clock, namespace } = open(used)
      return {
        manifest: backend.store.manifest,
        store: backend.store,
        namespace,
        elapse: async (ms) => clock.forward(ms),
        close: () => backend.close(),
        // Past the store there is no telling which server has a key.
        ...(number > 1
          ? {}
          : {
              poke: async (key, bytes) => {
                const item = encodeState({ ...NOTHING, entry: { frame: bytes, endsAt: Infinity } })
                await say(used[0]?.port ?? 0, `ms ${itemKey('v', key)} ${item.length}`, item)
              },
            }),
      }
    }
    for (const { name, run } of contractTests(storeSuite, openStore)) test(name, run)
  })

  describe(`the marks on ${number} ${number === 1 ? 'server' : 'servers'}`, () => {
    const openJournal = (): JournalHarness => {
      const { backend, clock, namespace } = open(servers.slice(0, number))
      return {
        manifest: backend.journal.manifest,
        journal: backend.journal,
        namespace,
        elapse: async (ms) => clock.forward(ms),
        eventually,
        close: () => backend.close(),
      }
    }
    for (const { name, run } of contractTests(journalSuite, openJournal)) test(name, run)
  })
}
