import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import type { Sealer } from '../contracts/sealer.ts'
import { Deadlines } from '../deadline.ts'
import type { Entry } from './entry.ts'
import { Packing } from './packing.ts'

/** What an entry is bound to, as a sealer is told it. */
function bindingOf(namespace: string, cache: string, packed: { readonly key: string; readonly entry: Entry }): string {
  let told = ''
  const sealer: Sealer = {
    name: 'listener',
    seal: (payload, binding) => {
      told = Buffer.from(binding).toString('latin1')
      return payload
    },
    open: (payload) => ({ kind: 'opened', payload }),
  }
  const packing = new Packing({
    sealer,
    compressorOf: () => undefined,
    onError: () => {},
    namespace,
    cache,
    deadlines: new Deadlines(systemClock),
  })
  void packing.pack(packed.key, packed.entry, { storeTimeoutMs: 1_000, compression: undefined })
  return told
}

const entry: Entry = {
  id: 'a'.repeat(16),
  codec: 1,
  compression: 0,
  sealed: false,
  expired: false,
  birth: 1,
  softAt: 2,
  hardAt: 3,
  marks: [['@c', 'm']],
  payload: Buffer.from('value'),
}

test('checklist, crypto: no two places give the same binding, however names and keys are cut', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', ':', '|', '{', '%', '\0', '\ud800', '2', '5'),
    minLength: 1,
    maxLength: 4,
  })
  const name = text.filter((name) => name.isWellFormed())
  const place = fc.tuple(name, name, text)
  fc.assert(
    fc.property(place, place, (a, b) => {
      const [one, two] = [a, b].map(([namespace, cache, key]) => bindingOf(namespace, cache, { key, entry }))
      expect(one === two).toBe(JSON.stringify(a) === JSON.stringify(b))
    }),
    { numRuns: 2_000 },
  )
  // As joining with a separator would.
  expect(bindingOf('a|b', 'c', { key: 'd', entry })).not.toBe(bindingOf('a', 'b|c', { key: 'd', entry }))
  expect(bindingOf('a', 'bc', { key: 'd', entry })).not.toBe(bindingOf('a', 'b', { key: 'cd', entry }))
})

test('everything that the head of a frame says is in the binding, but for what stores write there', () => {
  const changes: readonly Partial<Entry>[] = [
    { id: 'b'.repeat(16) },
    { codec: 2 },
    { compression: 1 },
    { version: 0 },
    { version: 1 },
    { birth: 0 },
    { softAt: 1 },
    { hardAt: 4 },
    { marks: [] },
    { marks: [['@c', 'n']] },
    { marks: [['@cm', '']] },
    {
      marks: [
        ['@c', 'm'],
        ['#t', 'm'],
      ],
    },
  ]
  const bindings = [{}, ...changes].map((change) => bindingOf('ns', 'c', { key: 'k', entry: { ...entry, ...change } }))
  expect(new Set(bindings).size).toBe(bindings.length)
  expect(bindingOf('ns', 'c', { key: 'k', entry: { ...entry, expired: true } })).toBe(bindings[0])
})
