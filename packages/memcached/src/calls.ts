import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Clock } from '@larder/core/contracts'
import { Exchange } from './client/exchange.ts'
import type { Server } from './client/server.ts'

/**
 * Runs calls. Each settles within `timeoutMs`, waiting for the connection included, and rejects only with `StoreTimeoutError` or
 * `StoreUnavailableError`.
 */
export class Calls {
  readonly #timeoutMs: number
  readonly #clock: Clock

  constructor(parts: { readonly timeoutMs: number; readonly clock: Clock }) {
    this.#timeoutMs = parts.timeoutMs
    this.#clock = parts.clock
  }

  /** `operation` names the call in errors. */
  run<R>(server: Server, operation: string, work: (exchange: Exchange) => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      let exchange: Exchange | undefined
      let late = false
      const timer = this.#clock.after(this.#timeoutMs, () => {
        late = true
        if (exchange !== undefined) exchange.late = true
        server.overdue()
        const within = `within ${this.#timeoutMs} ms`
        reject(new StoreTimeoutError(`The Memcached server ${server.name} did not answer \`${operation}\` ${within}`))
      })
      const begin = async (): Promise<R> => {
        const connection = await server.connection()
        if (late) throw new Error('the caller was told that this failed')
        exchange = new Exchange(connection)
        return work(exchange)
      }
      begin().then(
        (value) => {
          timer.cancel()
          resolve(value)
        },
        (error: unknown) => {
          timer.cancel()
          reject(error instanceof StoreUnavailableError ? error : unforeseen(operation, error))
        },
      )
    })
  }
}

function unforeseen(operation: string, error: unknown): StoreUnavailableError {
  const reason = error instanceof Error ? error.message : 'the client failed'
  return new StoreUnavailableError(`Memcached could not carry out \`${operation}\`: ${reason}`)
}
