import { boundedWait } from '../drain/bounded-wait.ts'
import { Turns } from '../drain/turns.ts'
import { WriterTimeoutError } from '../errors/writer-timeout-error.ts'
import { recordItem } from '../key/cache-key.ts'
import type { KeyNames } from '../key/key-names.ts'
import type { CacheParts } from '../parts.ts'
import type { CacheOptions } from '../policy/cache-options.ts'
import type { Policy } from '../policy/policy.ts'
import { policyOf } from '../policy/resolve-policy.ts'
import { resolveWriteBehind } from '../policy/write-behind-options.ts'
import type { Write, WriteItem } from '../policy/writer.ts'
import type { Requests } from '../requests.ts'
import type { Written } from '../write.ts'
import { Behind } from './behind.ts'
import type { Journaled } from './write-behind.ts'
import { writeThrough } from './write-through.ts'

/** How one call is to be treated. */
interface How {
  readonly policy: Policy
  readonly signal: AbortSignal | undefined
}

/** The writes of one cache that reach the source: through, and behind. */
export class Writes<T, K> {
  readonly behind: Behind<T, K>
  readonly #parts: CacheParts<T>
  readonly #options: CacheOptions<T, K>
  readonly #names: KeyNames<K>
  readonly #requests: Requests<T, K>
  readonly #turns = new Turns()

  constructor(
    parts: CacheParts<T>,
    setup: {
      readonly options: CacheOptions<T, K>
      readonly policy: Policy
      readonly names: KeyNames<K>
      readonly requests: Requests<T, K>
    },
  ) {
    this.#parts = parts
    this.#options = setup.options
    this.#names = setup.names
    this.#requests = setup.requests
    const { write, writeBehind } = setup.options
    this.behind = new Behind(parts, { write, policy: setup.policy, options: resolveWriteBehind(writeBehind) })
  }

  /** Changes the source, then the cache. */
  through(
    item: { readonly key: K; readonly value: T; readonly writer: Write<T, K> | undefined },
    how: How,
  ): Promise<Written> {
    const { key, value } = item
    const { signal } = how
    const name = this.#names.of(key)
    const policy = this.#policyOf(key, value, how.policy)
    const opId = this.#parts.random.token()
    const request = {
      key: name,
      value,
      policy,
      opId,
      write: this.#writerOf(item, { opId, version: policy.version }),
      lateTags: this.#requests.lateTags(key),
      signal,
      untilSettled: () => this.behind.settled(name, policy, signal),
    }
    return this.#inTurn(name, () => writeThrough(this.#parts, request), how)
  }

  /** Journals a change for the writer. */
  later(key: K, value: T, how: How): Promise<Journaled> {
    const name = this.#names.of(key)
    const policy = this.#policyOf(key, value, how.policy)
    return this.#inTurn(name, this.behind.prepare({ key, name, value, policy, signal: how.signal }), how)
  }

  #writerOf(
    item: { readonly key: K; readonly value: T; readonly writer: Write<T, K> | undefined },
    about: Pick<WriteItem<T, K>, 'opId' | 'version'>,
  ): (signal: AbortSignal) => unknown {
    const { key, value, writer } = item
    const { write } = this.#options
    if (writer !== undefined) return (signal) => writer(key, value, { signal, attempt: 1, ...about })
    if (write === undefined)
      throw new TypeError(`the cache ${this.#parts.name} has no write option: give writeThrough a writer`)
    return async (signal) => {
      const only: WriteItem<T, K> = { key, value, ...about }
      let failure: { readonly reason: unknown } | undefined
      const fail = (failed: WriteItem<T, K>, reason: unknown): void => {
        if (failed !== only) throw new TypeError('fail() takes one of the items that the writer was given')
        failure = { reason }
      }
      const result: unknown = await write([only], { signal, attempt: 1, fail })
      if (failure !== undefined) throw failure.reason
      return result
    }
  }

  /** A write of a key waits for those called before it, for as long as a writer may take. */
  #inTurn<R>(name: string, work: () => Promise<R>, how: How): Promise<R> {
    const { signal, policy } = how
    const ms = policy.hardTimeoutMs
    const late = (): Error =>
      new WriterTimeoutError(`earlier writes of the key took longer than ${ms} ms, so this one was not made`, {
        key: recordItem(this.#parts.name, name),
      })
    return this.#turns.take(name, work, (turn) => boundedWait(turn, { clock: this.#parts.clock, ms, signal, late }))
  }

  #policyOf(key: K, value: T, policy: Policy): Policy {
    if (value === undefined) throw new TypeError('undefined cannot be cached: use null, or delete the key')
    return policyOf(policy, { value, tags: this.#requests.lateTags(key)?.(value) })
  }
}
