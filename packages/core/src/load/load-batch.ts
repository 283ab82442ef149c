import { onAbort } from '../abort.ts'
import { Failed } from '../policy/failed.ts'
import { showValue } from '../policy/show-value.ts'
import type { Loaded, LoadedMany, LoadedOne, LoadMany } from '../policy/loader.ts'

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
  readonly #report: (error: unknown) => void
  readonly #undecided = new Set<string>()
  #seats: Seat<T>[] = []
  #scheduled = false

  /** `report` is told of answers that were not asked for. */
  constructor(loadMany: LoadMany<T, K>, report: (error: unknown) => void) {
    this.#loadMany = loadMany
    this.#report = report
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
      const answerAt = answers(loaded, keys, this.#report)
      seats.forEach((seat, index) => {
        const answer = answerAt(index)
        if (answer instanceof Failed) seat.reject(answer.error)
        else seat.resolve(answer)
      })
    } catch (error) {
      for (const seat of seats) seat.reject(error)
    }
  }
}

/** One value from a loader of several. */
export async function loadOne<T, K>(
  loadMany: LoadMany<T, K>,
  key: K,
  how: { readonly signal: AbortSignal; readonly report: (error: unknown) => void },
): Promise<Loaded<T> | undefined> {
  const answer = answers(await loadMany([key], { signal: how.signal }), [key], how.report)(0)
  if (answer instanceof Failed) throw answer.error
  return answer
}

function answers<T, K>(
  loaded: LoadedMany<T, K>,
  keys: readonly K[],
  report: (error: unknown) => void,
): (index: number) => LoadedOne<T> {
  if (Array.isArray(loaded)) {
    const values = loaded as readonly LoadedOne<T>[]
    if (values.length === keys.length) return (index) => values[index]
    throw new TypeError(
      `a loader of ${keys.length} keys must answer an array of as many values or a Map, got an array of ${values.length}`,
    )
  }
  if (loaded instanceof Map) {
    const byKey = loaded as ReadonlyMap<K, LoadedOne<T>>
    if (byKey.size > keys.filter((key) => byKey.has(key)).length) report(foreign(byKey, keys))
    return (index) => byKey.get(keys[index] as K)
  }
  throw new TypeError('a loader of several keys must answer a Map by key, or an array in the order of the keys')
}

function foreign<K>(loaded: ReadonlyMap<K, unknown>, keys: readonly K[]): TypeError {
  const asked = new Set(keys)
  const others = [...loaded.keys()].filter((key) => !asked.has(key))
  const what = `${showValue(others[0])}, a ${typeof others[0]}${others.length > 1 ? `, and ${others.length - 1} more` : ''}`
  return new TypeError(
    `a loader of several keys answered ${what}, which nobody asked for; the first key asked for was ${showValue(keys[0])}, a ${typeof keys[0]}`,
  )
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
