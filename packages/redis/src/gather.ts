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

/**
 * Gathers the reads of one turn of the event loop into one command. A read that is alone is sent alone.
 * An error of a fetch reaches all of its readers.
 */
export class Gather {
  readonly #fetch: FetchKeys
  readonly #endOfTurn: (callback: () => void) => void
  #asked: Asked[] = []

  constructor(fetch: FetchKeys, clock: Clock) {
    this.#fetch = fetch
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
