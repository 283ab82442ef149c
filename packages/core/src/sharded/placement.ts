import { createHash } from 'node:crypto'
import type { Clock } from '../contracts/clock.ts'
import type { Journal } from '../contracts/journal.ts'
import type { Random } from '../contracts/random.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'

/** The name that the list has among a namespace's caches: its mark says which list is in force. */
export const LIST = 'larder:shards'
const MARK = `@${LIST}`

/** How long the mark lives unless it is asked for again, in milliseconds. */
const MARK_TTL_MS = 30 * 86_400_000

/** How long a node that may not use the shards waits until it asks again, in milliseconds. */
const REFUSED_MS = 1_000

/** Attempts at putting one's own list in force, when others do the same. */
const ATTEMPTS = 5

/** What the mark says: a token that is never used twice, a revision, and a digest of the list. A journal may put a record's id before it. */
const FORM = /^(?:[\d-]+:)?([\w-]{16})[.](\d+)[.]([\w-]+)$/

type State =
  | { readonly kind: 'adopted'; readonly token: string }
  | { readonly kind: 'refused'; readonly until: number; readonly reason: string }
  /** Adopted once, but another list may be in force by now. */
  | { readonly kind: 'doubtful' }

/**
 * Which list of shards is in force in a namespace, as all its nodes agree in the journal. Two nodes with different lists would look for one key in different
 * places, and neither would reach what the other stored; so at most one list is in force, and all that is stored is stored in the name of its **token**.
 * A list that comes into force gets a new token, even one that was in force before: what was left behind then is not found again.
 */
export class Placement {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #random: Random
  readonly #revision: number
  readonly #list: string
  readonly #states = new Map<string, State>()
  /** Counts the changes that were heard of. */
  #forgotten = 0
  readonly #adopting = new Map<string, Promise<string>>()

  constructor(parts: {
    readonly journal: Journal
    readonly clock: Clock
    readonly random: Random
    readonly names: readonly string[]
    readonly revision: number
  }) {
    this.#journal = parts.journal
    this.#clock = parts.clock
    this.#random = parts.random
    this.#revision = parts.revision
    this.#list = createHash('sha256')
      .update(JSON.stringify([...parts.names].sort()))
      .digest('base64url')
  }

  /** Why shards may not be used now, for each namespace where that is so. */
  get reasons(): readonly string[] {
    return [...this.#states.values()].flatMap((state) => (state.kind === 'refused' ? [state.reason] : []))
  }

  /** The token in whose name this node stores: at once where it is known. Rejects where another list is in force. */
  token(namespace: string): string | Promise<string> {
    const state = this.#states.get(namespace)
    if (state?.kind === 'adopted') return state.token
    if (state?.kind === 'refused' && this.#clock.monotonic() < state.until)
      return Promise.reject(new StoreUnavailableError(state.reason))
    let adopting = this.#adopting.get(namespace)
    if (adopting === undefined) {
      adopting = this.#adopt(namespace).finally(() => this.#adopting.delete(namespace))
      this.#adopting.set(namespace, adopting)
    }
    return adopting
  }

  /** Whether the list of that token is still in force, as far as this node has heard. */
  stands(namespace: string, token: string): boolean {
    const state = this.#states.get(namespace)
    return state?.kind === 'adopted' && state.token === token
  }

  /** Resolves if the list of that token was in force at some instant after the call; rejects if not. */
  async confirm(namespace: string, token: string): Promise<void> {
    if ((await this.#ask(namespace)).token === token) return
    this.forget(namespace)
    throw new StoreUnavailableError('the list of shards was changed meanwhile: repeat the call')
  }

  /** The same for the list that this node uses now. Resolves if it has never used one. */
  async confirmOwn(namespace: string): Promise<void> {
    const state = this.#states.get(namespace)
    if (state === undefined) return
    await this.confirm(namespace, state.kind === 'adopted' ? state.token : '')
  }

  /** Another list may be in force from here on. */
  forget(namespace: string): void {
    this.#forgotten++
    if (this.#states.has(namespace)) this.#states.set(namespace, { kind: 'doubtful' })
  }

  async #adopt(namespace: string): Promise<string> {
    for (let left = ATTEMPTS; left > 0; left--) {
      const forgotten = this.#forgotten
      const { token, revision, list } = await this.#ask(namespace)
      // The answer may be older than the change that was heard of meanwhile.
      if (forgotten !== this.#forgotten) continue
      if (revision === this.#revision && list === this.#list) {
        this.#states.set(namespace, { kind: 'adopted', token })
        return token
      }
      if (revision >= this.#revision) throw this.#refuse(namespace, revision)
      await this.#journal.append(namespace, {
        kind: 'cache',
        items: [LIST],
        nonce: this.#own(),
        origin: this.#random.token(),
        markTtlMs: MARK_TTL_MS,
      })
    }
    throw new StoreUnavailableError('other processes keep changing the list of shards')
  }

  #refuse(namespace: string, revision: number): StoreUnavailableError {
    const reason =
      revision === this.#revision
        ? `other processes of the namespace have another list of shards of the same revision, ${revision}: give all the same list, or the new one a higher revision`
        : `the list of shards has revision ${revision} by now, this process has revision ${this.#revision}: start it with the new list`
    this.#states.set(namespace, { kind: 'refused', until: this.#clock.monotonic() + REFUSED_MS, reason })
    return new StoreUnavailableError(reason)
  }

  async #ask(namespace: string): Promise<{ readonly token: string; readonly revision: number; readonly list: string }> {
    const request = { names: [MARK], create: [this.#own()], markTtlMs: MARK_TTL_MS }
    const { marks } = await this.#journal.marks(namespace, request)
    const [, token = '', revision = '', list = ''] = FORM.exec(marks[0] ?? '') ?? []
    if (token === '') throw new StoreUnavailableError(`the mark ${MARK} is not of the form that lists of shards have`)
    return { token, revision: Number(revision), list }
  }

  #own(): string {
    return `${this.#random.token()}.${this.#revision}.${this.#list}`
  }
}
