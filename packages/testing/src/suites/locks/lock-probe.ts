import type { LockAnswer } from '@larder/core/contracts'
import type { LocksHarness } from './locks-harness.ts'

/** Longer than any case lets pass, unless it says so. */
const TTL_MS = 60_000

/** One lock, and what a case does with it. Holders go by short names. */
export class LockProbe {
  readonly key: string
  readonly #harness: LocksHarness

  constructor(harness: LocksHarness, name = 'lock') {
    this.#harness = harness
    this.key = `${harness.namespace}:{:${name}}`
  }

  acquire(
    holder: string,
    options: { readonly ttlMs?: number; readonly fenceAbove?: number } = {},
  ): Promise<LockAnswer> {
    return this.#harness.locks.acquire(this.key, { token: token(holder), ttlMs: TTL_MS, ...options })
  }

  /** `granted` or `held`. */
  async tries(holder: string, ttlMs: number = TTL_MS): Promise<string> {
    return (await this.acquire(holder, { ttlMs })).kind
  }

  /** The fencing token of an acquisition; rejects if it is not granted. */
  async fence(holder: string, options: { readonly fenceAbove?: number } = {}): Promise<number> {
    const answer = await this.acquire(holder, options)
    if (answer.kind === 'held') throw new Error(`the lock is held, so ${holder} does not get it`)
    return answer.fencingToken
  }

  extend(holder: string, ttlMs: number = TTL_MS): Promise<boolean> {
    return this.#harness.locks.extend(this.key, token(holder), ttlMs)
  }

  release(holder: string): Promise<boolean> {
    return this.#harness.locks.release(this.key, token(holder))
  }
}

function token(holder: string): string {
  return holder.padEnd(16, '_')
}
