import type { Random } from '@larder/core/contracts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * A {@link Random} that gives the same sequence for the same seed. The generator is xoshiro128** 1.1 by David Blackman
 * and Sebastiano Vigna (public domain, https://prng.di.unimi.it/xoshiro128starstar.c), seeded by splitmix32. Not for
 * secrets.
 */
export class SeededRandom implements Random {
  readonly #state: Uint32Array

  /** `seed`: an integer, of which the lower 32 bits count; or the generator's four words of state, not all zero. */
  constructor(seed: number | readonly [number, number, number, number]) {
    this.#state = Uint32Array.from(typeof seed === 'number' ? spread(seed) : seed)
    if (this.#state.every((word) => word === 0)) throw new RangeError('The state of the generator must not be all zero')
  }

  token(): string {
    let token = ''
    for (let i = 0; i < 3; i++) {
      // A word makes five characters of six bits each, so the sixteenth takes a fourth word.
      let bits = this.word()
      for (let n = 0; n < 5; n++, bits >>>= 6) token += ALPHABET[bits & 63]
    }
    return token + ALPHABET[this.word() >>> 26]
  }

  fraction(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53
  }

  /** The next 32 random bits, as a number from 0 to 2^32 - 1. */
  word(): number {
    const s = this.#state as unknown as [number, number, number, number]
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotate(s[3], 11)
    return result
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** Four words from one, by splitmix32: similar seeds give unlike states. */
function spread(seed: number): readonly number[] {
  let counter = seed | 0
  return Array.from({ length: 4 }, () => {
    counter = (counter + 0x9e3779b9) | 0
    let word = Math.imul(counter ^ (counter >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return (word ^ (word >>> 15)) >>> 0
  })
}
