/** Why sealed bytes do not open: not of the sealer's form; sealed with a key that is not known, or destroyed; changed, or sealed for another place. */
export type Refusal = 'malformed' | 'unknown-key' | 'destroyed-key' | 'unauthentic'

/** What came of opening sealed bytes. */
export type Opened =
  { readonly kind: 'opened'; readonly payload: Uint8Array } | { readonly kind: 'refused'; readonly reason: Refusal }

/**
 * Hides and authenticates values on their way to the store. Both methods answer at once if they can, and with a promise only if something,
 * such as a key, must be fetched first. They throw, or reject, only if the key cannot be had now; whatever is wrong with the bytes is an answer.
 */
export interface Sealer {
  /** Short name for messages. */
  readonly name: string
  /** The payload, encrypted, as bytes of their own. `binding` is authenticated with it and not part of it. */
  seal(payload: Uint8Array, binding: Uint8Array): Uint8Array | Promise<Uint8Array>
  /** Opens what `seal` made with the same `binding`. Nothing of the payload is released before all of it is found authentic. */
  open(sealed: Uint8Array, binding: Uint8Array): Opened | Promise<Opened>
}
