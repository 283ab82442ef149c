import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { createKeyRing } from './create-key-ring.ts'
import { keyRingFromEnvironment } from './key-ring-from-environment.ts'
import { keyObject } from './key-material.ts'
import { Secret } from './secret.ts'

const key = testKey('a')
const message = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

describe('createKeyRing', () => {
  test('takes a key as bytes, as a KeyObject, and as text in base64, base64url or hex', () => {
    const derived = [
      key,
      createSecretKey(key),
      key.toString('base64'),
      key.toString('base64').slice(0, -1) + '=',
      key.toString('base64url'),
      key.toString('hex'),
      `${key.toString('hex').toUpperCase()}\n`,
    ].map((material) => new Secret(keyObject(material, 'key')).derive('id', Buffer.of()).toString('hex'))
    expect(new Set(derived).size).toBe(1)
  })

  test('refuses a passphrase, a wrong length and a key that is not random, and says how to make one', () => {
    const wrong = [
      'correct horse battery staple',
      'p'.repeat(43),
      key.subarray(1).toString('base64'),
      key.toString('hex').slice(2),
      key.subarray(0, 16),
      Buffer.alloc(0),
      Buffer.alloc(32),
      createSecretKey(key.subarray(0, 16)),
      generateKeyPairSync('ed25519').privateKey,
      '',
      42,
    ]
    for (const material of wrong)
      expect(message(() => createKeyRing({ primary: 'a', keys: { a: material as string } }))).toMatch(
        /keys\["a"\].*make one with: node -p/,
      )
  })

  test('refuses wrong options, naming them', () => {
    expect(message(() => createKeyRing(undefined as never))).toMatch(/^options must/)
    expect(message(() => createKeyRing({ primary: 'a' } as never))).toMatch(/^keys must/)
    expect(message(() => createKeyRing({ primary: 'b', keys: { a: key } }))).toMatch(/^primary must .* got "b"/)
    expect(message(() => createKeyRing({ primary: 'a', keys: { a: { key, state: 'decrypt-only' } } }))).toMatch(
      /^primary/,
    )
    expect(message(() => createKeyRing({ primary: 'a', keys: { a: { state: 'destroyed' } } }))).toMatch(/^primary/)
    expect(message(() => createKeyRing({ primary: 'a', keys: { a: { key, state: 'off' } } as never }))).toMatch(
      /the state of/,
    )
    expect(message(() => createKeyRing({ primary: 'a', keys: { a: { key, state: 'destroyed' } } as never }))).toMatch(
      /leave its key out/,
    )
    expect(message(() => createKeyRing({ primary: 'a', keys: { a: { provider: {} } } as never }))).toMatch(
      /the provider of/,
    )
    expect(message(() => createKeyRing({ primary: 'ä', keys: { ä: key } }))).toMatch(/the id of a key/)
    for (const option of ['maxAgeMs', 'maxUses', 'maxCached', 'timeoutMs'])
      expect(message(() => createKeyRing({ primary: 'a', keys: { a: key }, dataKeys: { [option]: 0 } }))).toMatch(
        new RegExp(`^dataKeys\\.${option} must`),
      )
  })

  test('checklist, crypto: no key is seen in an error, in JSON or by util.inspect', () => {
    const ring = createKeyRing({ primary: 'a', keys: { a: key, b: { key: testKey('b'), state: 'decrypt-only' } } })
    const secret = ring.heldKey('a')
    const shown = [
      inspect(ring, { depth: 20, showHidden: true }),
      inspect({ ring, secret }, { depth: 20, showHidden: true }),
      JSON.stringify({ ring, secret }),
      `${secret?.toJSON()}`,
      message(() => createKeyRing({ primary: 'a', keys: { a: key.toString('hex').slice(1) } })),
      message(() => createKeyRing({ primary: 'a', keys: { a: key.toString('base64').slice(1) } })),
    ].join('\n')
    for (const text of [key.toString('hex').slice(2, 20), key.toString('base64').slice(2, 12), key.toString('latin1')])
      expect(shown).not.toContain(text)
    expect(inspect(secret)).toBe('[redacted]')
    expect(JSON.stringify(secret)).toBe('"[redacted]"')
    expect(inspect(ring)).toBe('KeyRing {"primary":"a","keys":{"a":"enabled","b":"decrypt-only"}}')
  })
})

describe('keyRingFromEnvironment', () => {
  const environment = (value: string): Record<string, string> => ({ LARDER_ENCRYPTION_KEY: value })

  test('reads one key, and names it by a fingerprint that every process gives it', () => {
    const one = keyRingFromEnvironment(environment(key.toString('base64')))
    const other = keyRingFromEnvironment(environment(key.toString('hex')))
    expect(one.primary).toMatch(/^env-[\da-f]{16}$/)
    expect(other.primary).toBe(one.primary)
    expect(keyRingFromEnvironment(environment(testKey('b').toString('hex'))).primary).not.toBe(one.primary)
  })

  test('reads several, of which the first seals', () => {
    const texts = [testKey('new'), key].map((bytes) => bytes.toString('base64'))
    const ring = keyRingFromEnvironment(environment(texts.join(', ')))
    const old = keyRingFromEnvironment(environment(key.toString('base64')))
    expect(ring.states).toEqual({ [ring.primary]: 'enabled', [old.primary]: 'decrypt-only' })
  })

  test('refuses a missing key, a passphrase and a wrong length, and says how to make one', () => {
    for (const value of ['', 'hunter2', key.toString('hex').slice(2), 'correct horse battery staple, correct horse'])
      expect(message(() => keyRingFromEnvironment(environment(value)))).toMatch(/LARDER_ENCRYPTION_KEY.*make one with/)
    expect(message(() => keyRingFromEnvironment({}))).toMatch(/LARDER_ENCRYPTION_KEY/)
    expect(message(() => keyRingFromEnvironment(environment('hunter2')))).not.toContain('hunter2')
  })
})
