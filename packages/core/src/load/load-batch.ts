import { onAbort } from '../abort.ts'
import type { Loaded, LoadedMany, LoadMany } from '../policy/loader.ts'

/** One caller's share of a batch: its key, and how it gets its value. */
interface Seat<T> {
  readonly key: unknown
  readonly signal: AbortSignal
  readonly resolve: (loaded: Loaded<T> | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers the keys that one `readThroughMany` has to load, so that its loader runs once. It runs as soon as every key is decided: found,
 * waiting for another process, or ready to be loaded; so keys led here are loaded before any is waited for. Keys that
 * must be loaded later after all (their wait was in vain) gather again, one turn at a time.
 */
export class LoadBatch<T, K> {
  readonly #loadMany: LoadMany<T, K>
  readonly #undecided = new Set<string>()
  #seats: Seat<T>[] = []
  #scheduled = false

  constructor(loadMany: LoadMany<T, K>) {
    this.#loadMany = loadMany
  }

  /** A key that will be decided. */
  expect(id: string): void {
    this.#undecided.add(id)
  }

  /** The key needs no loading now. */
  pass(id: string): void {
    this.#undecided.delete(id)
    this.#schedule()
  }

  /** The key has to be loaded; resolves with what the batch brought for it. */
  load(id: string, key: K, signal: AbortSignal): Promise<Loaded<T> | undefined> {
    return new Promise((resolve, reject) => {
      this.#seats.push({ key, signal, resolve, reject })
      this.#undecided.delete(id)
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#undecided.size > 0 || this.#seats.length === 0) return
    this.#scheduled = true
    // A turn of the microtask queue lets keys that were decided together travel together.
    queueMicrotask(() => {
      this.#scheduled = false
      const seats = this.#seats
      this.#seats = []
      void this.#run(seats)
    })
  }

  async #run(seats: readonly Seat<T>[]): Promise<void> {
    try {
      const keys = seats.map((seat) => seat.key as K)
      const loaded = await this.#loadMany(keys, { signal: signalOfAll(seats.map((seat) => seat.signal)) })
      const valueOf = pick(loaded, keys)
      seats.forEach((seat, index) => seat.resolve(valueOf(index)))
    } catch (error) {
      for (const seat of seats) seat.reject(error)
    }
  }
}

/** One value from a loader of several. */
export async function loadOne<T, K>(
  loadMany: LoadMany<T, K>,
  key: K,
  signal: AbortSignal,
): Promise<Loaded<T> | undefined> {
  return pick(await loadMany([key], { signal }), [key])(0)
}

function pick<T, K>(loaded: LoadedMany<T, K>, keys: readonly K[]): (index: number) => Loaded<T> | undefined {
  if (Array.isArray(loaded)) {
    const values = loaded as readonly (Loaded<T> | undefined)[]
    if (values.length === keys.length) return (index) => values[index]
    throw new TypeError(
      `a loader of ${keys.length} keys must answer an array of as many values or a Map, got an array of ${values.length}`,
    )
  }
  if (loaded instanceof Map) {
    const byKey = loaded as ReadonlyMap<K, Loaded<T> | undefined>
    return (index) => byKey.get(keys[index] as K)
  }
  throw new TypeError('a loader of several keys must answer a Map by key, or an array in the order of the keys')
}

/** Aborts when all of them have: as long as one caller waits, the batch goes on. */
function signalOfAll(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController()
  let open = signals.length
  for (const signal of signals) {
    const gone = (): void => {
      if (--open === 0) controller.abort(signal.reason)
    }
    if (signal.aborted) gone()
    else onAbort(signal, gone)
  }
  return controller.signal
}
