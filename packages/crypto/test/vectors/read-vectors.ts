import { readFileSync } from 'node:fs'

/** A test vector of AES-256-GCM; everything in hexadecimal digits. */
export interface GcmVector {
  readonly key: string
  readonly nonce: string
  readonly associated: string
  /** `undefined` where nothing may be decrypted. */
  readonly plaintext: string | undefined
  /** Ciphertext and tag. */
  readonly sealed: string
}

/** The vectors of a file in the format of NIST's validation program: one field a line, an empty line behind each vector. */
export function readVectors(file: URL): readonly GcmVector[] {
  const blocks = readFileSync(file, 'utf8')
    .replace(/^#.*\n/gm, '')
    .trim()
    .split('\n\n')
  return blocks.map((block) => {
    const lines = block.split('\n').map((line) => line.split(' ='))
    const fields = Object.fromEntries(lines.map(([name, value]) => [name, value?.trim()]))
    const { Key: key = '', IV: nonce = '', AAD: associated = '', CT = '', Tag = '', PT } = fields
    return { key, nonce, associated, plaintext: 'FAIL' in fields ? undefined : PT, sealed: CT + Tag }
  })
}
