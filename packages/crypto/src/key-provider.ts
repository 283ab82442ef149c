/** A data key: itself, and as the provider's own key has encrypted it. */
export interface DataKey {
  /** 32 random bytes. */
  readonly key: Uint8Array
  /** Stored beside each value; 1 to 4,096 bytes. */
  readonly wrapped: Uint8Array
}

/**
 * A key that never leaves where it is kept, such as that of a key management service (KMS): it makes data keys and unwraps them. Both calls may
 * take their time; `signal` aborts when nobody waits any more.
 */
export interface KeyProvider {
  generateDataKey(how: { readonly signal: AbortSignal }): Promise<DataKey>
  /** The data key of `wrapped`. Rejects for bytes that it did not make. */
  unwrapDataKey(wrapped: Uint8Array, how: { readonly signal: AbortSignal }): Promise<Uint8Array>
}
