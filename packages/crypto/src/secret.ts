import { createHmac, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { inspect } from 'node:util'

/** What a derived key is for. Keys for different purposes tell nothing of each other. */
export type Purpose = 'value' | 'names' | 'journal' | 'id'

/** What HMAC's two hashes begin with, by the key that HKDF's first step extracts. */
interface Extracted {
  readonly inner: Buffer
  /** Its first block; behind it is room for the inner hash. */
  readonly outer: Buffer
}

const BLOCK_BYTES = 128
const HASH_BYTES = 64
const BYTES = 'binary'
const FIRST_BLOCK = Uint8Array.of(1)

/**
 * A 32-byte key from which keys for single purposes and messages are derived, by HKDF with SHA-512 (RFC 5869). The salt of its first step is the
 * purpose, so that this step is done once; the second step's `info` says for what the key is. Prints as `[redacted]`.
 */
export class Secret {
  readonly #key: KeyObject
  readonly #extracted = new Map<Purpose, Extracted>()

  constructor(key: KeyObject) {
    this.#key = key
    Object.defineProperty(this, inspect.custom, { value: () => '[redacted]' })
  }

  /** 64 bytes of key for one purpose and `info`. */
  derive(purpose: Purpose, info: Uint8Array): Buffer {
    return this.expand(purpose, Buffer.concat([info, FIRST_BLOCK]))
  }

  /**
   * The same where the first `end` bytes are `info` and the number that HKDF gives its first block: a byte 1. SHA-512 gives all of the 64 bytes in
   * that block.
   */
  expand(purpose: Purpose, infoAndNumber: Buffer, end: number = infoAndNumber.length): Buffer {
    const { inner, outer } = this.#extract(purpose)
    // HMAC by two hashes: an object of createHmac for each message costs more than both of them, and again when it is collected.
    const text = Buffer.allocUnsafe(BLOCK_BYTES + end)
    inner.copy(text)
    infoAndNumber.copy(text, BLOCK_BYTES, 0, end)
    outer.write(sha512(text), BLOCK_BYTES, BYTES)
    return Buffer.from(sha512(outer), BYTES)
  }

  toJSON(): string {
    return '[redacted]'
  }

  #extract(purpose: Purpose): Extracted {
    let extracted = this.#extracted.get(purpose)
    if (extracted === undefined) {
      const key = createHmac('sha512', `larder/1/${purpose}`).update(this.#key.export()).digest()
      extracted = {
        inner: padded(key, 0x36),
        outer: Buffer.concat([padded(key, 0x5c)], BLOCK_BYTES + HASH_BYTES),
      }
      this.#extracted.set(purpose, extracted)
    }
    return extracted
  }
}

/** The hash, a byte in each character: Node makes a short string in half the time of a buffer with memory of its own. */
function sha512(bytes: Uint8Array): string {
  return hash('sha512', bytes, BYTES)
}

/** A key, filled up to a block, as HMAC (RFC 2104) combines it with one of its two bytes. */
function padded(key: Uint8Array, byte: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, byte)
  key.forEach((part, index) => {
    block[index] = part ^ byte
  })
  return block
}
