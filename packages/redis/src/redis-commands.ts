import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Clock } from '@larder/core/contracts'
import type { Argument, RedisClient } from './client/redis-client.ts'
import type { Script } from './scripts/define-script.ts'
import { storeError } from './store-error.ts'

/** What one call sends, once the connection is there. */
type Work<R> = (isLate: () => boolean) => Promise<R>

/**
 * The commands of the adapter. Every call settles within `timeoutMs`, waiting for the connection included, and rejects only with
 * `StoreTimeoutError` or `StoreUnavailableError`. Nothing is sent for a caller that was already told of a failure.
 */
export class RedisCommands {
  readonly #client: RedisClient
  readonly #timeoutMs: number
  readonly #clock: Clock
  #closed = false

  constructor(parts: { readonly client: RedisClient; readonly timeoutMs: number; readonly clock: Clock }) {
    this.#client = parts.client
    this.#timeoutMs = parts.timeoutMs
    this.#clock = parts.clock
  }

  /** The values of some keys, in their order; `null` where there is none. One key is a plain `GET`. */
  values(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    return this.#bounded('get', async () => {
      if (keys.length === 1) return [(await this.#client.send('get', keys)) as Buffer | null]
      return (await this.#client.send('mget', keys)) as (Buffer | null)[]
    })
  }

  /** Runs a script by its hash, and sends it along only if the server does not know it. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#bounded(script.name, async (isLate) => {
      const operands = [String(keys.length), ...keys, ...args]
      try {
        return await this.#client.send('evalsha', [script.sha, ...operands])
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT')) || isLate()) throw error
        return this.#client.send('eval', [script.lua, ...operands])
      }
    })
  }

  /** A section of what the server says of itself. */
  info(section: string): Promise<string> {
    return this.#bounded('info', async () => String(await this.#client.send('info', [section])))
  }

  async ping(): Promise<void> {
    await this.#bounded('ping', () => this.#client.send('ping', []))
  }

  /** Every later call rejects. */
  close(): void {
    this.#closed = true
  }

  #bounded<R>(operation: string, work: Work<R>): Promise<R> {
    if (this.#closed)
      return Promise.reject(new StoreUnavailableError('The redis backend was closed; make a new one with redis()'))
    return new Promise((resolve, reject) => {
      let late = false
      const timer = this.#clock.after(this.#timeoutMs, () => {
        late = true
        reject(new StoreTimeoutError(`Redis did not answer \`${operation}\` within ${this.#timeoutMs} ms`))
      })
      const isLate = (): boolean => late
      const connecting = this.#client.ready()
      const done = connecting === undefined ? attempt(work, isLate) : connecting.then(() => attempt(work, isLate))
      done.then(
        (value) => {
          timer.cancel()
          resolve(value)
        },
        (error: unknown) => {
          timer.cancel()
          reject(storeError(error, operation))
        },
      )
    })
  }
}

/** Does the work, unless it is too late; its errors are rejections. */
async function attempt<R>(work: Work<R>, isLate: () => boolean): Promise<R> {
  if (isLate()) throw new Error('The caller has been told that this failed')
  return work(isLate)
}
