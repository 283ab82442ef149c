import type { Codec } from '../contracts/codec.ts'
import type { CopyMode } from '../policy/policy.ts'
import { deepFreeze } from './deep-freeze.ts'

/** A value ready to be handed to callers: one object for all, or a fresh copy for each. */
export type Handout<T> =
  | { readonly kind: 'shared'; readonly value: T }
  | { readonly kind: 'copied'; readonly payload: Uint8Array; readonly codec: Codec }

/**
 * Decodes a payload into a handout that one caller cannot spoil for the others.
 * @throws DecodeError for bytes that the codec did not write.
 */
export function handoutOf<T>(payload: Uint8Array, codec: Codec, copy: CopyMode): Handout<T> {
  const value = codec.decode(payload) as T
  if (copy === 'share' || !mayChange(value)) return { kind: 'shared', value }
  if (copy === 'freeze' && deepFreeze(value)) return { kind: 'shared', value }
  return { kind: 'copied', payload, codec }
}

/** The value for one caller. */
export function hand<T>(handout: Handout<T>): T {
  return handout.kind === 'shared' ? handout.value : (handout.codec.decode(handout.payload) as T)
}

function mayChange(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
