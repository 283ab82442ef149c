import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import type { StoreHarness } from './store-harness.ts'

/** Names that a store confuses if it cuts, folds, normalises, escapes or joins carelessly. */
const NAMES: readonly string[] = [
  'a',
  'A',
  'a ',
  ' a',
  'aa',
  'a:',
  'a:a',
  'a:lease',
  'a:floor',
  'a:dirty',
  'a}',
  'a}:lease',
  'a}:floor',
  '{a}',
  '}{',
  'a*',
  'a?',
  '[a]',
  'a\\',
  'a%20',
  'a+',
  'a\t',
  'a\n',
  'a\r\n',
  'a\0',
  'a\0b',
  '\u00e9',
  'e\u0301',
  'ﬁ',
  'fi',
  '\u{1f980}',
  '\u{1f980}\u{1f980}',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '',
  '0',
  '00',
  'null',
  'undefined',
]

/** Keys are told apart, whatever is in them. */
export const keyCases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'keys that look alike hold entries of their own',
    async run(harness) {
      const probes = NAMES.map((name) => new KeyProbe(harness, name))
      for (const [i, probe] of probes.entries()) await probe.put(`v${i}`)
      for (const [i, probe] of probes.entries()) assert.equal(await probe.shows(), `v${i}`, JSON.stringify(NAMES[i]))
      const frames = await harness.store.getMany(probes.map((probe) => probe.key))
      assert.equal(frames.filter((frame) => frame !== undefined).length, NAMES.length)
    },
  },
  {
    name: 'keys that look alike have leases of their own',
    async run(harness) {
      const probes = NAMES.map((name) => new KeyProbe(harness, name))
      for (const [i, probe] of probes.entries())
        assert.equal(await probe.take(`t${i}`), 'granted', JSON.stringify(NAMES[i]))
      for (const [i, probe] of probes.entries()) assert.equal(await probe.fill(`t${i}`), true, JSON.stringify(NAMES[i]))
    },
  },
  {
    name: 'dropping one of the keys that look alike leaves the others',
    async run(harness) {
      const probes = NAMES.map((name) => new KeyProbe(harness, name))
      for (const probe of probes) await probe.put('v')
      for (const [i, probe] of probes.entries()) {
        assert.equal(await probe.delete(), 'dropped', `${JSON.stringify(NAMES[i])} went with another key`)
      }
    },
  },
  {
    name: 'entries of one namespace do not show in another',
    async run(harness) {
      const here = new KeyProbe(harness)
      const there = new KeyProbe({ store: harness.store, namespace: `${harness.namespace}2` })
      await here.put('a')
      assert.equal(await there.shows(), 'nothing')
      await there.put('b')
      assert.equal(await here.shows(), 'a')
    },
  },
  {
    name: 'a key of ten thousand bytes works, or one as long as the manifest allows',
    async run(harness) {
      const shortest = Buffer.byteLength(new KeyProbe(harness, '').key)
      const room = Math.min(10_000, harness.manifest.maxKeyBytes) - shortest
      const probe = new KeyProbe(harness, 'x'.repeat(room))
      const neighbour = new KeyProbe(harness, `${'x'.repeat(room - 1)}y`)
      await probe.put('a')
      assert.equal(await neighbour.shows(), 'nothing')
      assert.equal(await neighbour.take('b'), 'granted')
      assert.equal(await probe.shows(), 'a')
    },
  },
]
