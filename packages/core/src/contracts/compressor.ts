/**
 * Makes payloads smaller on their way to the store. Both methods answer at once if that takes little time, and with a promise otherwise. How
 * long a payload was, and its checksum, is kept beside what a compressor makes of it: it need not recognize damage, but must end on any bytes.
 */
export interface Compressor {
  /** Short name for messages. */
  readonly name: string
  /** Number written into each entry, 1-255; 1 to 31 are Larder's own. */
  readonly id: number
  /** The bytes in a shorter form, if they have one; never changes the argument. */
  compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
  /**
   * What `compress` was given. Throws, or rejects, for bytes that it did not make, and as soon as they turn out to make more than `length`
   * bytes, a positive integer: so a small entry cannot fill the memory.
   */
  decompress(bytes: Uint8Array, length: number): Uint8Array | Promise<Uint8Array>
}
