import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { aesGcm, createKeyRing } from '../src/index.ts'
import { testKey } from './keys.ts'

interface Case {
  readonly name: string
  /** `opened`, or the reason of the refusal. */
  readonly expected: string
  readonly sealed: string
}

/** Sealed bytes of the first release, two of them as they were and the others spoiled in one way each. Never changed; later forms are added. */
const corpus = JSON.parse(readFileSync(new URL('vectors/malformed-envelopes.json', import.meta.url), 'utf8')) as Case[]

const keyRing = createKeyRing({ primary: 'now', keys: { now: testKey('corpus'), gone: { state: 'destroyed' } } })

test.each(corpus)('checklist, crypto: of spoiled bytes none open: $name ($expected)', async ({ expected, sealed }) => {
  const outcome = await aesGcm({ keyRing }).open(Buffer.from(sealed, 'hex'), Buffer.from('bound to this'))
  expect(outcome.kind === 'opened' ? 'opened' : outcome.reason).toBe(expected)
})
