import { createHash } from 'node:crypto'

/** Places of each server on the ring: enough that shares differ by a tenth or so. */
const HASHES_PER_SERVER = 40
const POINTS_PER_HASH = 4

/**
 * Consistent hashing in the manner of ketama: each server has 160 places on a ring, and a key belongs to the first place at or after its own. A
 * server that joins or leaves moves its own share of the keys and no others; the order of the list does not matter.
 */
export class Ring {
  readonly #points: readonly { readonly at: number; readonly index: number }[]
  readonly #single: boolean

  constructor(names: readonly string[]) {
    this.#single = names.length === 1
    this.#points = names
      .flatMap((name, index) => placesOf(name).map((at) => ({ at, index, name })))
      .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
  }

  /** Index of the server that has the key. */
  locate(key: string): number {
    if (this.#single) return 0
    const at = digest(key).readUInt32BE(0)
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#points[middle] as { readonly at: number }).at < at) low = middle + 1
      else high = middle
    }
    return (this.#points[low === this.#points.length ? 0 : low] as { readonly index: number }).index
  }
}

function placesOf(name: string): readonly number[] {
  const places: number[] = []
  for (let i = 0; i < HASHES_PER_SERVER; i++) {
    const hash = digest(`${name}-${i}`)
    for (let j = 0; j < POINTS_PER_HASH; j++) places.push(hash.readUInt32BE(j * 4))
  }
  return places
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
