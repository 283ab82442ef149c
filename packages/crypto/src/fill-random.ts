import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafeSlow(16_384)
let used = pool.length

/** Fills at most 16,384 bytes from the operating system, which is asked for many at a time: one question costs as much as encrypting a small value. */
export function fillRandom(bytes: Buffer): void {
  if (used + bytes.length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  pool.copy(bytes, 0, used, used + bytes.length)
  used += bytes.length
}
