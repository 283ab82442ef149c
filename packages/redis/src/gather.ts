import type { Clock, Frame } from '@larder/core/contracts'

/** Keys per fetch: more would keep the server from its other clients for too long. */
const LARGEST_FETCH = 512

interface Asked {
  readonly key: string
  readonly resolve: (frame: Frame | undefined) => void
  readonly reject: (reason: unknown) => void
}

/** Fetches some keys in one go; answers in their order. */
export type FetchKeys = (keys: readonly string[]) => Promise<readonly (Frame | null)[]>

/** The indices of keys that may be fetched together. */
export type GroupKeys = (keys: readonly string[]) => readonly (readonly number[])[]

/** What a {@link Gather} is made of. */
export interface GatherParts {
  readonly fetch: FetchKeys
  readonly clock: Clock
  /** `undefined` if all of them may be. */
  readonly groups?: GroupKeys | undefined
}

/**
 * Gathers the reads of one turn of the event loop into one command for each group of keys. A read that is alone is sent alone.
 * An error of a fetch reaches all of its readers.
 */
export class Gather {
  readonly #fetch: FetchKeys
  readonly #groups: GroupKeys | undefined
  readonly #endOfTurn: (callback: () => void) => void
  #asked: Asked[] = []

  constructor({ fetch, clock, groups }: GatherParts) {
    this.#fetch = fetch
    this.#groups = groups
    this.#endOfTurn = clock.endOfTurn === undefined ? queueMicrotask : clock.endOfTurn.bind(clock)
  }

  get(key: string): Promise<Frame | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ key, resolve, reject }) === 1) this.#endOfTurn(() => this.#flush())
    })
  }

  #flush(): void {
    const asked = this.#asked
    this.#asked = []
    const groups = this.#groups?.(asked.map(({ key }) => key))
    if (groups === undefined) return this.#sendAll(asked)
    // Each group by itself: one that fails is no reason for the others to.
    for (const group of groups) this.#sendAll(group.map((i) => asked[i] as Asked))
  }

  #sendAll(asked: readonly Asked[]): void {
    for (let start = 0; start < asked.length; start += LARGEST_FETCH)
      this.#send(asked.slice(start, start + LARGEST_FETCH))
  }

  #send(asked: readonly Asked[]): void {
    this.#fetch(asked.map(({ key }) => key)).then(
      (frames) => asked.forEach(({ resolve }, i) => resolve(frames[i] ?? undefined)),
      (error: unknown) => asked.forEach(({ reject }) => reject(error)),
    )
  }
}
