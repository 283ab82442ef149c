import { memory } from '@larder/core'
import type { Locks } from '@larder/core/contracts'
import { contractTests, FakeClock, locksSuite, SeededRandom } from '@larder/testing'
import type { LocksHarness } from '@larder/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { redlock } from '../src/index.ts'
import { eventually, threeServers } from './three-servers.ts'
import type { ThreeServers } from './three-servers.ts'

const SHORTEN = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key)
  if left > tonumber(ARGV[1]) then
    redis.call('PEXPIRE', key, left - tonumber(ARGV[1]))
  elseif left >= 0 then
    redis.call('DEL', key)
  end
end`

describe('over three Redis servers', () => {
  let world: ThreeServers
  let locks: Locks
  let count = 0

  beforeAll(async () => {
    world = await threeServers()
    locks = world.open()
  })
  afterAll(async () => world?.[Symbol.asyncDispose]())

  const open = (): LocksHarness => ({
    manifest: locks.manifest,
    locks,
    namespace: `case-${++count}`,
    elapse: async (ms) => {
      await Promise.all(world.admins.map((admin) => admin.eval(SHORTEN, 0, ms)))
    },
    eventually,
    wipe: () => world.reset(),
  })
  for (const { name, run } of contractTests(locksSuite, open)) test(name, run)
})

describe('over five memories', () => {
  const open = (): LocksHarness => {
    const clock = new FakeClock()
    const nodes = Array.from({ length: 5 }, () => memory({ clock }))
    const locks = redlock({ nodes, clock, random: new SeededRandom(1) })
    return {
      manifest: locks.manifest,
      locks,
      namespace: 'suite',
      elapse: (ms) => clock.advance(ms),
      eventually: async (predicate) => {
        for (let i = 0; i < 100; i++) {
          if (await predicate()) return
          await clock.advance(10)
        }
        throw new Error('It did not come to pass')
      },
      close: async () => clock.assertIdle(),
    }
  }
  for (const { name, run } of contractTests(locksSuite, open)) test(name, run)
})
