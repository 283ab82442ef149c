import type { BuriedWrite, Revived } from '../contracts/write-queue.ts'
import { checkNumber } from '../policy/option-checks.ts'

/** A write that its writer refused too often. It stays until it is retried, dropped, or superseded by a later write of its key. */
export interface DeadLetter<T, K> {
  /** Names it, for `retry` and `drop`. */
  readonly id: string
  /** `undefined` if this release cannot read it. */
  readonly key: K | undefined
  /** `undefined` if this release, or the cache's codec, cannot read it. */
  readonly value: T | undefined
  readonly version: number
  readonly opId: string
  /** What the writer threw at last, as text. */
  readonly reason: string
  readonly attempts: number
  /** When it was given up, in wall ms. */
  readonly buriedAt: number
}

/** What {@link DeadLetters} works with. */
export interface DeadLetterOffice<T, K> {
  buried(limit: number): Promise<readonly BuriedWrite[]>
  read(write: BuriedWrite): Promise<DeadLetter<T, K>>
  revive(id: string): Promise<Revived>
  discard(id: string): Promise<boolean>
}

/** The writes of a cache that their writer would not take. Readers see the source's value for them. */
export class DeadLetters<T, K> {
  readonly #office: DeadLetterOffice<T, K>

  constructor(office: DeadLetterOffice<T, K>) {
    this.#office = office
  }

  /** The oldest of them, at most `limit` (default 100). */
  async inspect(options: { readonly limit?: number } = {}): Promise<readonly DeadLetter<T, K>[]> {
    const limit = checkNumber(options.limit ?? 100, 'limit', { least: 1, most: 100_000, integer: true })
    return Promise.all((await this.#office.buried(limit)).map((write) => this.#office.read(write)))
  }

  /**
   * Lets one wait for its writer again, with all its attempts. `'superseded'`: its key was written later, so it was dropped instead; `'missing'`:
   * there is none of that id.
   */
  async retry(id: string): Promise<Revived['kind']> {
    return (await this.#office.revive(checkId(id))).kind
  }

  /** Gives one up for good; `false` if there is none of that id. */
  async drop(id: string): Promise<boolean> {
    return this.#office.discard(checkId(id))
  }
}

function checkId(id: unknown): string {
  if (typeof id === 'string') return id
  throw new TypeError(`the id of a dead letter must be a string, got ${typeof id}`)
}
