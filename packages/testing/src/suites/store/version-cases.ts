import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import type { StoreHarness } from './store-harness.ts'

/** Neighbours at which a number that is cut, rounded or compared as text goes wrong. */
const NEIGHBOURS: readonly (readonly [older: number, newer: number])[] = [
  [0, 1],
  [9, 10],
  [99, 100],
  [255, 256],
  [2 ** 31 - 1, 2 ** 31],
  [2 ** 32 - 1, 2 ** 32],
  [999_999_999_999, 1_000_000_000_000],
  [1_767_225_600_000, 1_767_225_600_001],
  [99_999_999_999_999, 100_000_000_000_000],
  [2 ** 52, 2 ** 52 + 1],
  [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER],
]

const cases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'a write older than the entry is refused and changes nothing',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { version: 5 })
      await probe.take('refresh', { seen: 'a' })
      assert.equal(await probe.delete(4), 'newer')
      assert.equal(await probe.set('late', { version: 4 }), 'newer')
      assert.equal(await probe.expire(60_000, 4), 'newer')
      assert.equal(await probe.shows(), 'a')
      assert.equal(await probe.fill('late', { version: 4 }), false)
      assert.equal(await probe.fill('refresh', { version: 5 }), true, 'the lease was revoked')
    },
  },
  {
    name: 'a write of the same version as the entry is accepted',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { version: 5 })
      assert.equal(await probe.set('b', { version: 5 }), 'dropped')
      assert.equal(await probe.fill('b', { version: 5 }), true)
      assert.equal(await probe.expire(60_000, 5), 'dropped')
      assert.equal(await probe.delete(5), 'dropped nothing')
    },
  },
  {
    name: 'a newer write is accepted in every mode',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { version: 5 })
      assert.equal(await probe.set('b', { version: 6 }), 'dropped')
      assert.equal(await probe.fill('b', { version: 6 }), true)
      assert.equal(await probe.expire(60_000, 7), 'dropped')
      assert.equal(await probe.shows(), 'b (expired)')
      assert.equal(await probe.delete(8), 'dropped nothing')
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a versioned delete is remembered: an older set is refused although nothing is there',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.delete(5), 'dropped nothing')
      assert.equal(await probe.set('late', { version: 4 }), 'newer')
      assert.equal(await probe.fill('late', { version: 4 }), false)
      assert.equal(await probe.set('next', { version: 6 }), 'dropped nothing')
      assert.equal(await probe.fill('next', { version: 6 }), true)
    },
  },
  {
    name: 'the version of a filled entry is remembered after an unversioned delete',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      assert.equal(await probe.fill('a', { version: 5, ttlMs: 60_000 }), true)
      assert.equal(await probe.delete(), 'dropped')
      await harness.elapse(50_000)
      assert.equal(await probe.set('late', { version: 4 }), 'newer')
      assert.equal(await probe.set('same', { version: 5 }), 'dropped nothing')
    },
  },
  {
    name: 'the version of an expired entry still counts',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { version: 5 })
      await probe.expire(60_000)
      assert.equal(await probe.set('late', { version: 4 }), 'newer')
      assert.equal(await probe.shows(), 'a (expired)')
    },
  },
  {
    name: 'an unversioned delete, set or expire is never refused',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { version: 5 })
      assert.equal(await probe.expire(60_000), 'dropped')
      assert.equal(await probe.delete(), 'dropped nothing')
      assert.equal(await probe.set('b'), 'dropped nothing')
    },
  },
  {
    name: 'an older set is refused while a newer one is between its two steps',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.set('new', { version: 5 }), 'dropped nothing')
      assert.equal(await probe.set('old', { version: 4 }), 'newer')
      assert.equal(await probe.fill('old', { version: 4 }), false)
      assert.equal(await probe.fill('new', { version: 5 }), true)
      assert.equal(await probe.shows(), 'new')
    },
  },
  {
    name: 'a newer set displaces an older one that is between its two steps',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.set('old', { version: 4 })
      assert.equal(await probe.set('new', { version: 5 }), 'dropped nothing')
      assert.equal(await probe.fill('old', { version: 4 }), false)
      assert.equal(await probe.fill('new', { version: 5 }), true)
      assert.equal(await probe.fill('old', { version: 4 }), false)
      assert.equal(await probe.shows(), 'new')
    },
  },
  {
    name: 'a load of an older version than the highest known may not fill, and nothing changes',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.delete(5)
      assert.equal(await probe.take('replica'), 'granted')
      assert.equal(await probe.fill('replica', { version: 4 }), false)
      assert.equal(await probe.shows(), 'nothing')
      assert.equal(await probe.take('other'), 'held', 'the refused fill ended the lease')
      assert.equal(await probe.fill('replica', { version: 5 }), true)
    },
  },
  {
    name: 'a refresh of an older version than the entry may not fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { version: 5 })
      await probe.take('b', { seen: 'a' })
      assert.equal(await probe.fill('b', { version: 4 }), false)
      assert.equal(await probe.shows(), 'a')
    },
  },
  {
    name: 'a load without a version may not fill while a version is known',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.delete(5)
      await probe.take('a')
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a versioned set that meets an entry without a version deletes it instead',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.set('b', { version: 5 }), 'dropped')
      assert.equal(await probe.fill('b', { version: 5 }), false, 'which of the two is newer cannot be told')
      assert.equal(await probe.shows(), 'nothing')
      assert.equal(await probe.take('c'), 'granted')
      assert.equal(await probe.fill('c', { version: 5 }), true)
    },
  },
  {
    name: 'the version of a set between its two steps counts for as long as its lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const request = {
        mode: 'set',
        token: KeyProbe.token('new'),
        leaseMs: 60_000,
        version: 5,
        floorMs: 10_000,
      } as const
      await harness.store.drop(probe.key, request)
      await harness.elapse(10_001)
      assert.equal(await probe.set('old', { version: 4 }), 'newer')
      assert.equal(await probe.fill('new', { version: 5 }), true)
    },
  },
  {
    name: 'the version of an entry counts for as long as the entry, however often it was prolonged',
    requires: (manifest) => (manifest.versions && manifest.edits) || 'versions and edits',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      await probe.fill('a', { version: 5, ttlMs: 10_000 })
      await probe.retime('a', { ttlMs: 60_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.set('old', { version: 4 }), 'newer')
      await probe.take('refresh', { seen: 'a' })
      assert.equal(await probe.fill('refresh', { version: 4 }), false)
      assert.equal(await probe.shows(), 'a')
    },
  },
  {
    name: 'a version is forgotten when the time it was to be known is over',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await harness.store.drop(probe.key, { mode: 'delete', version: 5, floorMs: 10_000 })
      await harness.elapse(9_000)
      assert.equal(await probe.set('a', { version: 4 }), 'newer')
      await harness.elapse(1_001)
      assert.equal(await probe.set('a', { version: 4 }), 'dropped nothing')
    },
  },
  {
    name: 'a refused write does not prolong the time a version is known',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await harness.store.drop(probe.key, { mode: 'delete', version: 5, floorMs: 10_000 })
      await harness.elapse(5_000)
      assert.deepEqual(await harness.store.drop(probe.key, { mode: 'delete', version: 4, floorMs: 60_000 }), {
        kind: 'newer',
      })
      await harness.elapse(5_001)
      assert.equal(await probe.delete(4), 'dropped nothing')
    },
  },
  {
    name: 'versions of different keys have nothing to do with each other',
    async run(harness) {
      const [one, two] = [new KeyProbe(harness, 'one'), new KeyProbe(harness, 'two')]
      await one.delete(5)
      assert.equal(await two.set('a', { version: 1 }), 'dropped nothing')
      assert.equal(await two.fill('a', { version: 1 }), true)
    },
  },
  {
    name: 'versions are compared as numbers, from 0 to the largest safe integer',
    async run(harness) {
      for (const [older, newer] of NEIGHBOURS) {
        const told = `${older} against ${newer}`
        const byEntry = new KeyProbe(harness, `entry${newer}`)
        await byEntry.put('a', { version: newer })
        assert.equal(await byEntry.delete(older), 'newer', told)
        assert.equal(await byEntry.delete(newer), 'dropped', told)

        const byFloor = new KeyProbe(harness, `floor${newer}`)
        assert.equal(await byFloor.delete(older), 'dropped nothing', told)
        assert.equal(await byFloor.delete(newer), 'dropped nothing', told)
        assert.equal(await byFloor.delete(older), 'newer', told)
        await byFloor.take('b')
        assert.equal(await byFloor.fill('b', { version: older }), false, told)
        assert.equal(await byFloor.fill('b', { version: newer }), true, told)

        const byLease = new KeyProbe(harness, `lease${newer}`)
        await byLease.set('c', { version: newer })
        assert.equal(await byLease.set('d', { version: older }), 'newer', told)
        assert.equal(await byLease.fill('c', { version: newer }), true, told)
      }
    },
  },
  {
    name: 'of versioned sets at once the newest stays, whatever the order',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const versions = [7, 2, 9, 4, 1, 8, 3, 6, 5]
      await Promise.all(
        versions.map(async (version) => {
          if ((await probe.set(`v${version}`, { version })) !== 'newer') await probe.fill(`v${version}`, { version })
        }),
      )
      assert.equal(await probe.shows(), 'v9')
    },
  },
]

/** Versions: two writers never end with the older value while the newer one, or its floor, is known. */
export const versionCases: readonly ContractCase<StoreHarness>[] = cases.map((versionCase) => ({
  requires: (manifest) => manifest.versions || 'versions',
  ...versionCase,
}))
