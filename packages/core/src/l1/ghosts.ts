/** Slots for each key remembered: two keys in one slot forget the older. */
const SLOTS_PER_KEY = 2

/**
 * The keys that left last, as 32-bit hashes in a table of fixed size: 16 bytes a key. Now and then it takes one key for another, or forgets
 * one too early; for a guess at what will be asked for again, that is good enough.
 */
export class Ghosts {
  readonly #hashes: Uint32Array
  /** When a slot was written, by the count of departures. */
  readonly #departures: Uint32Array
  readonly #remembered: number
  readonly #mask: number
  #departed = 0

  /** Remembers the last `remembered` keys. */
  constructor(remembered: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, remembered * SLOTS_PER_KEY)))
    this.#remembered = remembered
    this.#mask = slots - 1
    this.#hashes = new Uint32Array(slots)
    this.#departures = new Uint32Array(slots)
  }

  /** A key leaves. */
  add(key: string): void {
    const hash = hashOf(key)
    this.#departed++
    this.#hashes[hash & this.#mask] = hash
    this.#departures[hash & this.#mask] = this.#departed
  }

  /** Whether the key left a short while ago. */
  has(key: string): boolean {
    const hash = hashOf(key)
    if (this.#hashes[hash & this.#mask] !== hash) return false
    const departure = this.#departures[hash & this.#mask] as number
    return departure > 0 && this.#departed - departure < this.#remembered
  }
}

/** FNV-1a over UTF-16 units, with the finish of MurmurHash3 to spread the low bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
