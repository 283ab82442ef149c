import type { RedisCommand, RedisConnection, RedisHooks, RedisOutcome } from './redis-hooks.ts'

/** Calls hooks so that nothing they do reaches the caller. */
export class HookCalls {
  readonly #hooks: RedisHooks
  readonly #reported = new Set<string>()

  constructor(hooks: RedisHooks) {
    this.#hooks = hooks
  }

  before(command: RedisCommand): void {
    this.#guarded('before', () => this.#hooks.before?.(command))
  }

  after(command: RedisCommand, outcome: RedisOutcome): void {
    this.#guarded('after', () => this.#hooks.after?.(command, outcome))
  }

  connected(connection: RedisConnection): void {
    this.#guarded('connected', () => this.#hooks.connected?.(connection))
  }

  disconnected(connection: RedisConnection): void {
    this.#guarded('disconnected', () => this.#hooks.disconnected?.(connection))
  }

  #guarded(name: string, call: () => unknown): void {
    try {
      const result = call()
      if (typeof result === 'object' && result !== null && 'then' in result)
        Promise.resolve(result).catch((error: unknown) => this.#report(name, error))
    } catch (error) {
      this.#report(name, error)
    }
  }

  /** Once for each hook: a hook that fails is likely to fail with every command. */
  #report(name: string, error: unknown): void {
    if (this.#reported.has(name)) return
    this.#reported.add(name)
    const detail = error instanceof Error ? error.message : typeof error
    process.emitWarning(`The hook \`${name}\` of redis() failed: ${detail}`, {
      type: 'LarderWarning',
      code: 'LARDER_REDIS_HOOK',
    })
  }
}
