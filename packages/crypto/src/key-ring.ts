import { inspect } from 'node:util'
import type { DataKeys } from './data-keys.ts'
import type { Secret } from './secret.ts'

/** `enabled`: may encrypt and decrypt; `decrypt-only`: on its way out; `destroyed`: gone, its name stays so that it is not used again. */
export type KeyState = 'enabled' | 'decrypt-only' | 'destroyed'

/** One key of a ring. */
export type RingKey =
  | { readonly state: 'enabled' | 'decrypt-only'; readonly secret: Secret }
  | { readonly state: 'enabled' | 'decrypt-only'; readonly dataKeys: DataKeys }
  | { readonly state: 'destroyed' }

/** What a new message is sealed with. */
export interface SealingKey {
  readonly id: string
  /** Empty unless the key is a provider's data key. */
  readonly wrapped: Uint8Array
  readonly secret: Secret
}

/** The key of a message, or why there is none. */
export type OpeningKey = Secret | 'unknown-key' | 'destroyed-key' | 'malformed'

const NOTHING = new Uint8Array(0)

/** Keys by their ids. A message names its key, and that one alone is tried. Prints ids and states, never keys. */
export class KeyRing {
  /** Id of the key that new messages are sealed with. */
  readonly primary: string
  readonly #keys: ReadonlyMap<string, RingKey>

  /** Made by {@link createKeyRing}. */
  constructor(primary: string, keys: ReadonlyMap<string, RingKey>) {
    this.primary = primary
    Object.defineProperty(this, inspect.custom, { value: () => `KeyRing ${JSON.stringify(this)}` })
    this.#keys = keys
  }

  /** State of each key, by its id. */
  get states(): Readonly<Record<string, KeyState>> {
    return Object.fromEntries([...this.#keys].map(([id, { state }]) => [id, state]))
  }

  /** The primary key; a promise if its provider must be asked. Throws or rejects if that fails. */
  sealingKey(): SealingKey | Promise<SealingKey> {
    const id = this.primary
    const key = this.#keys.get(id)
    if (key === undefined || key.state !== 'enabled') throw new Error(`the key ${id} cannot encrypt`)
    if ('secret' in key) return { id, wrapped: NOTHING, secret: key.secret }
    const current = key.dataKeys.current()
    return current instanceof Promise ? current.then((made) => ({ id, ...made })) : { id, ...current }
  }

  /** The key of a message; a promise if its provider must be asked. Throws or rejects if that fails. */
  openingKey(id: string, wrapped: Uint8Array): OpeningKey | Promise<OpeningKey> {
    const key = this.#keys.get(id)
    if (key === undefined) return 'unknown-key'
    if (key.state === 'destroyed') return 'destroyed-key'
    if ('secret' in key) return wrapped.length === 0 ? key.secret : 'malformed'
    return wrapped.length === 0 ? 'malformed' : key.dataKeys.unwrap(wrapped)
  }

  /** A key that is in this process and may decrypt. */
  heldKey(id: string): Secret | undefined {
    const key = this.#keys.get(id)
    return key !== undefined && 'secret' in key ? key.secret : undefined
  }

  toJSON(): object {
    return { primary: this.primary, keys: this.states }
  }
}
