import { StoreUnavailableError, UnsupportedError } from '@larder/core'
import type { Clock } from '@larder/core/contracts'
import type { RedisCommands } from '../redis-commands.ts'

/** How long an answer of the server is taken for granted, in milliseconds. */
const TRUSTED_MS = 60_000

/** Knows whether a server keeps what it acknowledges. */
export class Durability {
  readonly #commands: RedisCommands
  readonly #clock: Clock
  #checkedAt = -Infinity
  #warned = false

  constructor(commands: RedisCommands, clock: Clock) {
    this.#commands = commands
    this.#clock = clock
  }

  /** Rejects with `UnsupportedError` on a server that may evict keys without a time to live. Warns once of one without an append-only file. */
  async check(): Promise<void> {
    if (this.#clock.monotonic() - this.#checkedAt < TRUSTED_MS) return
    const policy = await this.#fact('memory', 'maxmemory_policy')
    if (policy?.startsWith('allkeys-') === true) {
      throw new UnsupportedError(
        `writeBehind needs a Redis that keeps what it acknowledged, and maxmemory-policy ${policy} may evict it: ` +
          'set noeviction or a volatile-* policy, or use a server of its own',
      )
    }
    const aof = await this.#fact('persistence', 'aof_enabled')
    if (policy === undefined)
      this.#warn('LARDER_REDIS_UNKNOWN_DURABILITY', 'it cannot be told whether Redis evicts keys')
    else if (aof === '0') {
      this.#warn(
        'LARDER_REDIS_NO_AOF',
        'Redis runs without an append-only file: writes that wait for their writer are lost if it restarts. Set appendonly yes',
      )
    }
    this.#checkedAt = this.#clock.monotonic()
  }

  /** What the server says of itself; `undefined` if it refuses to. */
  async #fact(section: string, name: string): Promise<string | undefined> {
    try {
      return new RegExp(`^${name}:(\\S*)`, 'm').exec(await this.#commands.info(section))?.[1]
    } catch (error) {
      if (error instanceof StoreUnavailableError && (error.cause as { code?: unknown } | undefined)?.code === 'NOPERM')
        return undefined
      throw error
    }
  }

  #warn(code: string, text: string): void {
    if (!this.#warned) process.emitWarning(text, { code })
    this.#warned = true
  }
}
