/** Turns values into bytes and back. */
export interface Codec {
  /** Short name for messages. */
  readonly name: string
  /** Number written into each entry, 1-255; 1 to 31 are Larder's own. */
  readonly id: number
  /** Bytes of their own (not a view on a shared buffer). Throws for what it cannot represent. */
  encode(value: unknown): Uint8Array
  /** A new value on every call, made of nothing but data: no code of the payload's choosing runs. Throws on malformed bytes. */
  decode(bytes: Uint8Array): unknown
}
