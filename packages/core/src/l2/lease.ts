import type { Clock, Timer } from '../contracts/clock.ts'
import type { Far } from './far.ts'

/**
 * The right to load one key for the whole fleet. Renewed every third of its life until it is disposed of; disposing frees it, unless a
 * fill has ended it already.
 */
export class Lease implements AsyncDisposable {
  readonly token: string
  readonly #key: string
  readonly #far: Far
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #timeoutMs: number
  #timer: Timer | undefined
  #spent = false

  constructor(parts: {
    readonly token: string
    readonly key: string
    readonly far: Far
    readonly clock: Clock
    readonly leaseMs: number
    readonly timeoutMs: number
  }) {
    this.token = parts.token
    this.#key = parts.key
    this.#far = parts.far
    this.#clock = parts.clock
    this.#leaseMs = parts.leaseMs
    this.#timeoutMs = parts.timeoutMs
    this.#renewLater()
  }

  /** A fill was sent: the store ends the lease with it, or has ended it before. */
  spend(): void {
    this.#spent = true
    this.#timer?.cancel()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel()
    if (this.#spent) return
    this.#spent = true
    // A lease that cannot be freed runs out by itself.
    await this.#far.release(this.#key, this.token, this.#timeoutMs).catch(() => {})
  }

  #renewLater(): void {
    this.#timer = this.#clock.after(this.#leaseMs / 3, () => void this.#renew(), 'background')
  }

  async #renew(): Promise<void> {
    const lease = { token: this.token, leaseMs: this.#leaseMs }
    const held = await this.#far.renew(this.#key, lease, this.#timeoutMs).catch(() => true)
    if (held && !this.#spent) this.#renewLater()
  }
}
