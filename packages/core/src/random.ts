import { randomFillSync } from 'node:crypto'
import type { Random } from './contracts/random.ts'

const TOKEN_BYTES = 12
const pool = Buffer.allocUnsafe(TOKEN_BYTES * 256)
let used = pool.length

/** Cryptographic randomness, drawn from the operating system 256 tokens at a time. */
export const systemRandom: Random = {
  token(): string {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += TOKEN_BYTES
    return pool.toString('base64url', used - TOKEN_BYTES, used)
  },
  fraction: () => Math.random(),
}
