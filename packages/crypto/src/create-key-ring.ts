import { KeyObject } from 'node:crypto'
import { systemClock } from '@larder/core'
import type { Clock } from '@larder/core'
import { DataKeys } from './data-keys.ts'
import type { DataKeyLimits } from './data-keys.ts'
import { keyObject } from './key-material.ts'
import type { KeyMaterial } from './key-material.ts'
import type { KeyProvider } from './key-provider.ts'
import { KeyRing } from './key-ring.ts'
import type { RingKey } from './key-ring.ts'
import { Secret } from './secret.ts'

/** A key of a ring: itself, with its state, by its provider, or as a name that is no longer used. `state` is `'enabled'` by default. */
export type KeyOptions =
  | KeyMaterial
  | { readonly key: KeyMaterial; readonly state?: 'enabled' | 'decrypt-only' }
  | { readonly provider: KeyProvider; readonly state?: 'enabled' | 'decrypt-only' }
  | { readonly state: 'destroyed' }

/** How data keys of providers are used. */
export interface DataKeyOptions {
  /** How long one encrypts, and how long an unwrapped one is kept, in milliseconds. Default 3,600,000, an hour. */
  readonly maxAgeMs?: number
  /** How many values one encrypts. Default 1,000,000. */
  readonly maxUses?: number
  /** Unwrapped keys kept at once. Default 1,000. */
  readonly maxCached?: number
  /** How long a call of the provider may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number
}

/** Options of {@link createKeyRing}. */
export interface KeyRingOptions {
  /** Id of the key that new messages are sealed with. It must be enabled. */
  readonly primary: string
  /** The keys by their ids: 1 to 64 characters of `A-Z a-z 0-9 . _ -`. An id stands beside every value; it is not secret. */
  readonly keys: Readonly<Record<string, KeyOptions>>
  readonly dataKeys?: DataKeyOptions
  /** The time, for tests. */
  readonly clock?: Clock
}

/**
 * A ring of keys: one encrypts, all that are not destroyed decrypt. To change the key without an unreadable value, change the ring of all nodes
 * in steps: add the new key, make it the primary, and retire the old one once everything sealed with it has expired.
 * @throws TypeError naming the option, for one that is wrong; no message holds any of a key.
 */
export function createKeyRing(options: KeyRingOptions): KeyRing {
  checkObject(options, 'options must be an object with primary and keys')
  const { primary, keys, clock = systemClock } = options
  checkObject(keys, 'keys must be an object of keys by their ids')
  const limits = limitsOf(options.dataKeys ?? {})
  const ring = new Map(Object.entries(keys).map(([id, key]) => [checkId(id), ringKey(id, key, { clock, limits })]))
  if (ring.get(primary)?.state !== 'enabled')
    throw new TypeError(`primary must be the id of an enabled key, got ${JSON.stringify(primary)}`)
  return new KeyRing(primary, ring)
}

function ringKey(
  id: string,
  options: unknown,
  how: { readonly clock: Clock; readonly limits: DataKeyLimits },
): RingKey {
  const what = `keys[${JSON.stringify(id)}]`
  if (!isObject(options) || options instanceof Uint8Array || options instanceof KeyObject)
    return { state: 'enabled', secret: new Secret(keyObject(options, what)) }
  const { key, provider, state = 'enabled' } = options
  if (state === 'destroyed' && key === undefined && provider === undefined) return { state }
  if (state === 'destroyed') throw new TypeError(`${what} is destroyed: leave its key out`)
  if (state !== 'enabled' && state !== 'decrypt-only')
    throw new TypeError(`the state of ${what} must be 'enabled', 'decrypt-only' or 'destroyed', got ${String(state)}`)
  if (provider === undefined) return { state, secret: new Secret(keyObject(key, what)) }
  if (key !== undefined) throw new TypeError(`${what} must have a key or a provider, not both`)
  if (!isProvider(provider))
    throw new TypeError(`the provider of ${what} must be an object with generateDataKey and unwrapDataKey`)
  return { state, dataKeys: new DataKeys(provider, how) }
}

function limitsOf(options: DataKeyOptions): DataKeyLimits {
  checkObject(options, 'dataKeys must be an object')
  return {
    maxAgeMs: count(options.maxAgeMs ?? 3_600_000, 'dataKeys.maxAgeMs'),
    maxUses: count(options.maxUses ?? 1_000_000, 'dataKeys.maxUses'),
    maxCached: count(options.maxCached ?? 1_000, 'dataKeys.maxCached'),
    timeoutMs: count(options.timeoutMs ?? 5_000, 'dataKeys.timeoutMs'),
  }
}

function count(value: unknown, option: string): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
  throw new TypeError(`${option} must be a positive integer, got ${String(value)}`)
}

function checkId(id: string): string {
  if (/^[\w.-]{1,64}$/.test(id)) return id
  throw new TypeError(
    `the id of a key must be 1 to 64 characters of A-Z a-z 0-9 . _ -, got ${JSON.stringify(id.slice(0, 80))}`,
  )
}

function checkObject(value: unknown, message: string): void {
  if (!isObject(value)) throw new TypeError(message)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isProvider(value: unknown): value is KeyProvider {
  return (
    isObject(value) && typeof value['generateDataKey'] === 'function' && typeof value['unwrapDataKey'] === 'function'
  )
}
