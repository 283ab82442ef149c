import { createKeyRing } from './create-key-ring.ts'
import type { KeyOptions } from './create-key-ring.ts'
import { keyObject } from './key-material.ts'
import type { KeyRing } from './key-ring.ts'
import { Secret } from './secret.ts'

/** Where {@link keyRingFromEnvironment} reads, if not in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const VARIABLE = 'LARDER_ENCRYPTION_KEY'

/**
 * The ring of the keys in `LARDER_ENCRYPTION_KEY`: 32 bytes in base64 or hex, or several separated by commas, of which the first seals and
 * the others only open. Each key's id is a fingerprint of it, so all processes name it alike.
 * @throws TypeError if it is missing or not such a key; the message says how to make one, and never holds any of it.
 */
export function keyRingFromEnvironment(environment: Environment = process.env): KeyRing {
  const texts = (environment[VARIABLE] ?? '').split(',')
  const keys: Record<string, KeyOptions> = {}
  for (const [index, text] of texts.entries()) {
    const key = keyObject(text, texts.length === 1 ? VARIABLE : `key ${index + 1} in ${VARIABLE}`)
    const id = fingerprint(new Secret(key))
    keys[id] ??= { key, state: index === 0 ? 'enabled' : 'decrypt-only' }
  }
  return createKeyRing({ primary: Object.keys(keys)[0] as string, keys })
}

/** Names a key without telling anything of it. */
function fingerprint(secret: Secret): string {
  return `env-${secret.derive('id', Buffer.of()).toString('hex', 0, 8)}`
}
