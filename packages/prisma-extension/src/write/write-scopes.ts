import { AsyncLocalStorage } from 'node:async_hooks'
import type { Commits, Intent } from '@larder/query-tags'
import { transactionId } from '../prisma/transaction-of.ts'
import { isOutcomeUnknown } from './is-outcome-unknown.ts'

/** The tags of one transaction's changes, held back until it is committed; with strict consistency, the intents to be ended then. */
interface Scope {
  readonly tags: Set<string>
  readonly intents: Intent[]
  id: string | undefined
}

const NOTHING = (): Promise<void> => Promise.resolve()

type Callback = (client: object) => Promise<unknown>

/** What Prisma's `$transaction` takes: operations, or a function of a client. */
export type TransactionArgs = readonly [work: readonly unknown[] | Callback, options?: unknown]

/** Follows the transactions of clients whose statements nobody sees: from `$transaction` itself. */
export class WriteScopes {
  readonly #commits: Commits
  readonly #current = new AsyncLocalStorage<Scope>()
  readonly #byId = new Map<string, Scope>()

  constructor(commits: Commits) {
    this.#commits = commits
  }

  /** Whether the code that asks runs inside a transaction's function. */
  get inside(): boolean {
    return this.#current.getStore() !== undefined
  }

  /** Adds what an operation of a transaction changed. `false` if nobody knows the transaction: what it changed is due at once then. */
  add(id: string | undefined, tags: ReadonlySet<string>): boolean {
    const scope = (id === undefined ? undefined : this.#byId.get(id)) ?? this.#current.getStore()
    if (scope === undefined) return false
    for (const tag of tags) scope.tags.add(tag)
    return true
  }

  /**
   * With strict consistency, before an operation is sent that is a transaction of its own, or part of a batch, which has no moment of its own before its
   * commit. The answer, to be called when it was invalidated, never rejects.
   */
  async before(tags: ReadonlySet<string>, { isBatch }: { readonly isBatch: boolean }): Promise<() => Promise<void>> {
    const intent = await this.#commits.strict?.before(tags)
    if (intent === undefined) return NOTHING
    const scope = isBatch ? this.#current.getStore() : undefined
    scope?.intents.push(intent)
    return scope === undefined ? () => intent.end() : NOTHING
  }

  /** Runs a transaction; invalidates what it changed when it is committed, or when nobody knows whether it is. */
  async run(
    client: object,
    run: (...args: TransactionArgs) => Promise<unknown>,
    args: TransactionArgs,
  ): Promise<unknown> {
    // One inside another: what it changed is committed with the outer one. A rolled back part of it is invalidated too, which does no harm.
    if (transactionId(client) !== undefined) return run(...args)
    const around = this.#current.getStore()
    const scope: Scope = { tags: new Set(), intents: [], id: undefined }
    const [work, ...options] = args
    let finished = typeof work !== 'function'
    const watched =
      typeof work === 'function'
        ? async (client: object): Promise<unknown> => {
            scope.id = transactionId(client)
            if (scope.id !== undefined) this.#byId.set(scope.id, scope)
            const result = await work(client)
            const intent = await this.#commits.strict?.before(scope.tags)
            if (intent !== undefined) scope.intents.push(intent)
            finished = true
            return result
          }
        : work
    try {
      const result = await this.#current.run(scope, async () => await run(watched, ...options))
      await this.#commits.invalidator.invalidate(scope.tags)
      return result
    } catch (error) {
      if (isOutcomeUnknown(error, finished)) await this.#commits.invalidator.invalidate(scope.tags)
      throw error
    } finally {
      for (const intent of scope.intents) await intent.end()
      if (scope.id !== undefined) this.#byId.delete(scope.id)
      // Where Prisma does not tell one transaction from another, this one may have been part of that around it.
      else for (const tag of scope.tags) around?.tags.add(tag)
    }
  }
}
