import { readFileSync } from 'node:fs'
import { createCacheManager, memory } from '@larder/core'
import type { JournalRecord, TailListener } from '@larder/core/contracts'
import { FakeClock } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import { aesGcm, authenticated, createKeyRing, hashKeys } from '../src/index.ts'
import { testKey } from './keys.ts'
import { testProvider } from './test-provider.ts'

interface Golden {
  readonly frames: readonly {
    readonly name: string
    readonly ring: 'local' | 'provider'
    readonly value: unknown
    /** Of `@things` and `#gold`. */
    readonly marks: readonly string[]
    readonly frame: string
  }[]
  readonly record: JournalRecord
  readonly names: { readonly key: string; readonly tag: string }
}

/** What the first release wrote. It is never changed; a later form is added beside it. */
const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden

const local = createKeyRing({ primary: '2026-11', keys: { '2026-11': testKey('golden') } })

async function rings() {
  const provider = testProvider()
  // The provider of the test makes the same data keys each time.
  await provider.generateDataKey({ signal: new AbortController().signal })
  return { local, provider: createKeyRing({ primary: 'kms', keys: { kms: { provider } } }) }
}

describe('golden bytes', () => {
  test.each(golden.frames)('a frame of the first release opens: $name', async ({ ring, value, marks, frame }) => {
    const clock = new FakeClock()
    const l2 = memory({ clock })
    const keyRing = (await rings())[ring]
    const manager = createCacheManager({ namespace: 'golden', l2, clock, sealer: aesGcm({ keyRing }) })
    await l2.journal?.marks('golden', { names: ['@things', '#gold'], create: marks, markTtlMs: 60_000 })
    const stored = { token: 'golden', frame: Buffer.from(frame, 'hex'), ttlMs: 60_000 }
    await l2.store.take('golden:{things:k}', { token: 'golden', leaseMs: 1_000 })
    expect(await l2.store.fill('golden:{things:k}', stored)).toBe(true)
    const entry = await manager.cache('things').getEntry('k')
    expect(entry).toMatchObject({ value, tags: ['gold'], version: 7, remainingTtlMs: Infinity })
  })

  test('a record of the first release is proven', () => {
    const heard: JournalRecord[] = []
    const raw = memory()
    let push: TailListener['record'] = () => {}
    const tail = (_: string, listener: TailListener) => {
      push = listener.record
      return { close: async () => {} }
    }
    const journal = new Proxy(raw.journal as object, {
      get: (target, name) => (name === 'tail' ? tail : (Reflect.get(target, name) as unknown)),
    })
    const backend = authenticated({ ...raw, journal: journal as never }, { keyRing: local })
    backend.journal?.tail('golden', { record: (record) => heard.push(record), resync: () => {} })
    push(golden.record)
    expect(heard).toEqual([{ ...golden.record, origin: 'golden-origin' }])
  })

  test('names are those of the first release', () => {
    const naming = hashKeys({ key: testKey('golden') })
    expect(naming.keys('golden', 'things')('k')).toBe(golden.names.key)
    expect(naming.tags('golden')('gold')).toBe(golden.names.tag)
  })
})
