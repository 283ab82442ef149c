import type { Clock } from '@larder/core'
import { keyObject } from './key-material.ts'
import type { DataKey, KeyProvider } from './key-provider.ts'
import { Secret } from './secret.ts'

/** Most bytes of a wrapped key. */
export const LONGEST_WRAPPED = 4_096

/** Unwrapping calls under way at once. Whoever can write to the store can ask for as many as there are reads. */
const MOST_CALLS = 32

/** Pause after a failed call, in milliseconds, during which the same is not asked again. */
const PAUSE_MS = 1_000

/** How data keys are used. */
export interface DataKeyLimits {
  /** How long one encrypts, and how long an unwrapped one is kept, in milliseconds. */
  readonly maxAgeMs: number
  /** How many values one encrypts. */
  readonly maxUses: number
  /** Unwrapped keys kept at once. */
  readonly maxCached: number
  /** How long a call of the provider may take, in milliseconds. */
  readonly timeoutMs: number
}

/** A data key that encrypts now. */
export interface DataKeyInUse {
  readonly secret: Secret
  readonly wrapped: Uint8Array
}

/** Data keys of one provider, kept so that few values need a call. */
export class DataKeys {
  readonly #provider: KeyProvider
  readonly #clock: Clock
  readonly #limits: DataKeyLimits
  /** By the wrapped bytes, the least recently used first. */
  readonly #unwrapped = new Map<string, { readonly secret: Secret; readonly until: number }>()
  readonly #unwrapping = new Map<string, Promise<Secret>>()
  readonly #failed = new Map<string, { readonly error: unknown; readonly until: number }>()
  #current: (DataKeyInUse & { readonly until: number }) | undefined
  #uses = 0
  #making: Promise<DataKeyInUse> | undefined

  constructor(provider: KeyProvider, how: { readonly clock: Clock; readonly limits: DataKeyLimits }) {
    this.#provider = provider
    this.#clock = how.clock
    this.#limits = how.limits
  }

  /** The key to encrypt with; a promise if a new one is due. Throws or rejects if the provider has failed, or just did. */
  current(): DataKeyInUse | Promise<DataKeyInUse> {
    const current = this.#current
    if (current !== undefined && this.#clock.monotonic() < current.until && this.#uses < this.#limits.maxUses) {
      this.#uses++
      return current
    }
    this.#throwIfPaused(NEW_KEY)
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined
    })
    return this.#making.then((made) => {
      this.#uses++
      return made
    })
  }

  /** The key that was wrapped; a promise if the provider must be asked. Throws or rejects if it has failed, or just did. */
  unwrap(wrapped: Uint8Array): Secret | Promise<Secret> {
    const name = nameOf(wrapped)
    const known = this.#unwrapped.get(name)
    if (known !== undefined && this.#clock.monotonic() < known.until) {
      this.#unwrapped.delete(name)
      this.#unwrapped.set(name, known)
      return known.secret
    }
    this.#throwIfPaused(name)
    const running = this.#unwrapping.get(name)
    if (running !== undefined) return running
    if (this.#unwrapping.size >= MOST_CALLS) throw new Error(`${MOST_CALLS} data keys are being unwrapped already`)
    const call = this.#ask(name, (signal) => this.#provider.unwrapDataKey(Uint8Array.from(wrapped), { signal }))
      .then((key) => this.#keep(name, key))
      .finally(() => this.#unwrapping.delete(name))
    this.#unwrapping.set(name, call)
    return call
  }

  async #make(): Promise<DataKeyInUse> {
    const made = await this.#ask(NEW_KEY, (signal) => this.#provider.generateDataKey({ signal }))
    const { key, wrapped } = made as Partial<DataKey>
    if (!(wrapped instanceof Uint8Array) || wrapped.length === 0 || wrapped.length > LONGEST_WRAPPED)
      throw new TypeError(`wrapped, as generateDataKey answered it, must be 1 to ${LONGEST_WRAPPED} bytes`)
    const own = Uint8Array.from(wrapped)
    const secret = this.#keep(nameOf(own), key)
    this.#uses = 0
    this.#current = { secret, wrapped: own, until: this.#clock.monotonic() + this.#limits.maxAgeMs }
    return this.#current
  }

  #keep(name: string, key: unknown): Secret {
    const secret = new Secret(keyObject(key, 'a data key'))
    this.#unwrapped.set(name, { secret, until: this.#clock.monotonic() + this.#limits.maxAgeMs })
    if (this.#unwrapped.size > this.#limits.maxCached)
      this.#unwrapped.delete(this.#unwrapped.keys().next().value as string)
    return secret
  }

  #throwIfPaused(name: string): void {
    const failure = this.#failed.get(name)
    if (failure === undefined) return
    if (this.#clock.monotonic() < failure.until) throw failure.error
    this.#failed.delete(name)
  }

  async #ask<R>(name: string, call: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const abort = new AbortController()
    const { timeoutMs } = this.#limits
    try {
      return await new Promise<R>((resolve, reject) => {
        const timer = this.#clock.after(timeoutMs, () => {
          abort.abort()
          reject(new Error(`the key provider did not answer within ${timeoutMs} ms`))
        })
        const settle =
          <A>(end: (answer: A) => void) =>
          (answer: A): void => {
            timer.cancel()
            end(answer)
          }
        // Also what a provider throws at once becomes a rejection.
        Promise.resolve(abort.signal).then(call).then(settle(resolve), settle(reject))
      })
    } catch (error) {
      if (this.#failed.size >= this.#limits.maxCached) this.#failed.clear()
      this.#failed.set(name, { error, until: this.#clock.monotonic() + PAUSE_MS })
      throw error
    }
  }
}

/** Stands for the making of a key among the names of wrapped ones, which are never empty. */
const NEW_KEY = ''

function nameOf(wrapped: Uint8Array): string {
  return Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.byteLength).toString('latin1')
}
