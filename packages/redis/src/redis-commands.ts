import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Clock } from '@larder/core/contracts'
import type { Argument, RedisClient } from './client/redis-client.ts'
import { UnsentError } from './client/unsent-error.ts'
import type { GroupKeys } from './gather.ts'
import { groupBySlot } from './group-by-slot.ts'
import type { Script } from './scripts/define-script.ts'
import { storeError } from './store-error.ts'

/** Pause before a command that was not sent is sent anew, in milliseconds: about what connecting takes. */
const RESEND_MS = 10

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

  /** Whether one command may only name keys of one slot. */
  get sharded(): boolean {
    return this.#client.sharded === true
  }

  /** Longest time until a call settles, in milliseconds. */
  get timeoutMs(): number {
    return this.#timeoutMs
  }

  /** Finds the indices of keys that one command may name, in their order; `undefined` where it may name any. */
  get grouping(): GroupKeys | undefined {
    return this.sharded ? groupBySlot : undefined
  }

  /** The values of some keys, in their order; `null` where there is none. One key is a plain `GET`; keys of each slot are one command. */
  async values(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    const groups = keys.length === 1 ? undefined : this.grouping?.(keys)
    if (groups === undefined) return this.#values(keys)
    const found: (Buffer | null)[] = keys.map(() => null)
    const reads = groups.map(async (group) => {
      const values = await this.#values(group.map((i) => keys[i] as string))
      group.forEach((i, place) => (found[i] = values[place] ?? null))
    })
    await Promise.all(reads)
    return found
  }

  /** Runs a script by its hash, and sends it along only if the server does not know it. Its keys are of one slot. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const { name, sha, lua } = (this.sharded ? script.onCluster : undefined) ?? script
    return this.#bounded(name, async (isLate) => {
      const operands = [String(keys.length), ...keys, ...args]
      try {
        return await this.#client.send('evalsha', [sha, ...operands], keys[0])
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT')) || isLate()) throw error
        return this.#client.send('eval', [lua, ...operands], keys[0])
      }
    })
  }

  /** A section of what the server says of itself; of a cluster, what each primary says. */
  async info(section: string): Promise<readonly string[]> {
    const answers = await this.#ofAll('info', [section])
    return answers.map((answer) => {
      if (answer.status === 'rejected') throw storeError(answer.reason, 'info')
      return String(answer.value)
    })
  }

  /** Asks the server, or each primary; resolves to what is wrong with those that failed. Rejects if none answers. */
  async ping(): Promise<readonly string[]> {
    const answers = await this.#ofAll('ping', [])
    const reasons = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [storeError(answer.reason, 'ping')] : [],
    )
    if (reasons.length === answers.length) throw reasons[0] ?? storeError(undefined, 'ping')
    return reasons.map(({ message }) => message)
  }

  /** Whether all primaries of a cluster say that all slots are served; `true` without a cluster. */
  async servesAllSlots(): Promise<boolean> {
    if (!this.sharded) return true
    const answers = await this.#ofAll('cluster', ['info'])
    return answers.every((answer) => answer.status === 'rejected' || /^cluster_state:ok/m.test(String(answer.value)))
  }

  /** Every later call rejects. */
  close(): void {
    this.#closed = true
  }

  #values(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    return this.#bounded('get', async () => {
      if (keys.length === 1) return [(await this.#client.send('get', keys, keys[0])) as Buffer | null]
      return (await this.#client.send('mget', keys, keys[0])) as (Buffer | null)[]
    })
  }

  #ofAll(command: string, args: readonly string[]): Promise<readonly PromiseSettledResult<unknown>[]> {
    return this.#bounded(
      command,
      async () =>
        (await this.#client.sendToAll?.(command, args)) ?? [
          { status: 'fulfilled', value: await this.#client.send(command, args) },
        ],
    )
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
      const done =
        connecting === undefined ? this.#attempt(work, isLate) : connecting.then(() => this.#attempt(work, isLate))
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

  /** Does the work, unless it is too late; its errors are rejections. What surely was not sent is sent anew until then. */
  async #attempt<R>(work: Work<R>, isLate: () => boolean): Promise<R> {
    for (;;) {
      if (isLate()) throw new Error('The caller has been told that this failed')
      try {
        return await work(isLate)
      } catch (error) {
        if (!(error instanceof UnsentError)) throw error
        await new Promise<void>((resolve) => this.#clock.after(RESEND_MS, resolve))
      }
    }
  }
}
