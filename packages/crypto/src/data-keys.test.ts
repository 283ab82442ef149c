import { setTimeout as later } from 'node:timers/promises'
import { inspect } from 'node:util'
import { FakeClock } from '@larder/testing'
import type { Opened } from '@larder/core/contracts'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { testProvider } from '../test/test-provider.ts'
import { aesGcm } from './aes-gcm.ts'
import { createKeyRing } from './create-key-ring.ts'
import type { DataKeyOptions } from './create-key-ring.ts'

const binding = Buffer.from('place')
const value = Buffer.from('value')

function setUp(dataKeys: DataKeyOptions = {}) {
  const clock = new FakeClock()
  const provider = testProvider()
  const node = () => {
    const keyRing = createKeyRing({ primary: 'kms', keys: { kms: { provider } }, dataKeys, clock })
    return { keyRing, sealer: aesGcm({ keyRing }) }
  }
  return { clock, provider, node }
}

describe('a ring with a key provider', () => {
  test('fetches one data key, and then seals at once', async () => {
    const { provider, node } = setUp()
    const { sealer } = node()
    const first = [1, 2, 3].map(() => sealer.seal(value, binding))
    expect(first.every((sealed) => sealed instanceof Promise)).toBe(true)
    for (const sealed of first) await sealed
    expect(sealer.seal(value, binding)).toBeInstanceOf(Uint8Array)
    expect(provider.made).toBe(1)
  })

  test('another process unwraps a data key once, and then opens at once', async () => {
    const { provider, node } = setUp()
    const { sealer } = node()
    const sealed = await sealer.seal(value, binding)
    expect(sealer.open(sealed, binding)).toMatchObject({ kind: 'opened' })
    expect(provider.unwrapped).toBe(0)
    const other = node().sealer
    for (const opening of [1, 2, 3].map(() => other.open(sealed, binding))) {
      const opened = await opening
      expect(opened.kind === 'opened' && Buffer.from(opened.payload)).toEqual(value)
    }
    expect((other.open(sealed, binding) as Opened).kind).toBe('opened')
    expect(provider.unwrapped).toBe(1)
  })

  test('takes a new data key after maxUses values and after maxAgeMs', async () => {
    const { clock, provider, node } = setUp({ maxUses: 3, maxAgeMs: 60_000 })
    const { sealer } = node()
    for (let i = 0; i < 7; i++) await sealer.seal(value, binding)
    expect(provider.made).toBe(3)
    await clock.advance(60_000)
    await sealer.seal(value, binding)
    expect(provider.made).toBe(4)
  })

  test('a provider that fails is not asked again for a second', async () => {
    const { clock, provider, node } = setUp()
    const { sealer } = node()
    provider.mode = 'fail'
    await expect(sealer.seal(value, binding)).rejects.toThrow('the provider is away')
    expect(() => sealer.seal(value, binding)).toThrow('the provider is away')
    expect(provider.asked).toBe(1)
    provider.mode = 'up'
    await clock.advance(1_000)
    await expect(sealer.seal(value, binding)).resolves.toBeInstanceOf(Uint8Array)
  })

  test('a provider that hangs is given up after timeoutMs, and its signal aborts', async () => {
    const { clock, provider, node } = setUp({ timeoutMs: 2_000 })
    const { sealer } = node()
    provider.mode = 'hang'
    const sealed = expect(sealer.seal(value, binding)).rejects.toThrow('within 2000 ms')
    await clock.advance(2_000)
    await sealed
    expect(provider.aborted).toBe(1)
  })

  test('bytes made up by somebody ask the provider at most 32 times at once', async () => {
    const { provider, node } = setUp()
    const sealed = Buffer.from(await node().sealer.seal(value, binding))
    provider.mode = 'hang'
    const { sealer } = node()
    const outcomes = Array.from({ length: 100 }, (_, i) => {
      const forged = Buffer.from(sealed)
      forged[8] = i
      forged[9] = 255
      try {
        return sealer.open(forged, binding)
      } catch (error) {
        return error
      }
    })
    await later(0)
    expect(outcomes.filter((outcome) => outcome instanceof Promise)).toHaveLength(32)
    expect(provider.asked).toBe(1 + 32)
  })

  test('keeps at most maxCached unwrapped keys', async () => {
    const { provider, node } = setUp({ maxCached: 2, maxUses: 1 })
    const { sealer } = node()
    const sealed = [
      await sealer.seal(value, binding),
      await sealer.seal(value, binding),
      await sealer.seal(value, binding),
    ]
    expect(sealer.open(sealed[2] as Uint8Array, binding)).toMatchObject({ kind: 'opened' })
    await sealer.open(sealed[0] as Uint8Array, binding)
    expect(provider.unwrapped).toBe(1)
  })

  test('a wrapped key under the id of a local key, and none under that of a provider, are malformed', async () => {
    const { provider, node } = setUp()
    const wrapped = await node().sealer.seal(value, binding)
    const local = aesGcm({ keyRing: createKeyRing({ primary: 'kms', keys: { kms: testKey('a') } }) })
    expect(local.open(wrapped, binding)).toEqual({ kind: 'refused', reason: 'malformed' })
    expect(node().sealer.open(await local.seal(value, binding), binding)).toEqual({
      kind: 'refused',
      reason: 'malformed',
    })
    expect(provider.unwrapped).toBe(0)
  })

  test('refuses a data key of a wrong length, without showing it', async () => {
    const { provider, node } = setUp()
    provider.generateDataKey = () => Promise.resolve({ key: Buffer.from('short'), wrapped: Buffer.from('x') })
    await expect(node().sealer.seal(value, binding)).rejects.toThrow(/a data key has 5 bytes/)
    provider.generateDataKey = () => Promise.resolve({ key: testKey('a'), wrapped: new Uint8Array(0) })
    await expect(node().sealer.seal(value, binding)).rejects.toThrow(/wrapped/)
  })

  test('checklist, crypto: data keys are not shown', async () => {
    const { provider, node } = setUp()
    const { sealer, keyRing } = node()
    await sealer.seal(value, binding)
    const shown = inspect({ keyRing, sealer }, { depth: 20, showHidden: true })
    for (const key of provider.keys) expect(shown).not.toContain(key.toString('hex').slice(0, 8))
  })
})
