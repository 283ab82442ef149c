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
    const policies = await this.#facts('memory', 'maxmemory_policy')
    const policy = policies?.find((one) => one.startsWith('allkeys-'))
    if (policy !== undefined) {
      throw new UnsupportedError(
        `writeBehind needs a Redis that keeps what it acknowledged, and maxmemory-policy ${policy} may evict it: ` +
          'set noeviction or a volatile-* policy, or use a server of its own',
      )
    }
    const aof = await this.#facts('persistence', 'aof_enabled')
    if (policies === undefined)
      this.#warn('LARDER_REDIS_UNKNOWN_DURABILITY', 'it cannot be told whether Redis evicts keys')
    else if (aof?.includes('0') === true) {
      this.#warn(
        'LARDER_REDIS_NO_AOF',
        'Redis runs without an append-only file: writes that wait for their writer are lost if it restarts. Set appendonly yes',
      )
    }
    this.#checkedAt = this.#clock.monotonic()
  }

  /** What the server, or each primary, says of itself; `undefined` if it refuses to. */
  async #facts(section: string, name: string): Promise<readonly string[] | undefined> {
    try {
      const field = new RegExp(`^${name}:(\\S*)`, 'm')
      const found = (await this.#commands.info(section)).map((text) => field.exec(text)?.[1])
      return found.every((fact) => fact !== undefined) ? found : undefined
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
