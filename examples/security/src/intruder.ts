import { systemRandom } from '@larder/core'
import type { Backend } from '@larder/core'

/** Somebody who has got hold of the server, and of nothing else. */
export class Intruder implements AsyncDisposable {
  readonly #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** The bytes under a key of the server. */
  async read(key: string): Promise<Buffer> {
    return Buffer.from((await this.#backend.store.get(key)) ?? [])
  }

  /** Puts bytes under a key of the server. */
  async write(key: string, bytes: Uint8Array): Promise<void> {
    const { store } = this.#backend
    const token = systemRandom.token()
    await store.drop(key, { mode: 'delete' })
    await store.take(key, { token, leaseMs: 1_000 })
    await store.fill(key, { token, frame: bytes, ttlMs: 60_000 })
  }

  /** Announces that a whole cache was invalidated. */
  async announce(namespace: string, cache: string): Promise<void> {
    const record = { nonce: systemRandom.token(), origin: 'intruder', kind: 'cache', items: [cache] } as const
    await this.#backend.journal?.append(namespace, { ...record, markTtlMs: 60_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend.close()
  }
}
