import type { Compressor } from '../contracts/compressor.ts'
import type { Opened, Sealer } from '../contracts/sealer.ts'
import type { Deadlines } from '../deadline.ts'
import { DecompressionError } from '../errors/decompression-error.ts'
import type { DecompressionFailure } from '../errors/decompression-error.ts'
import { DecryptionError } from '../errors/decryption-error.ts'
import type { DecryptionFailure } from '../errors/decryption-error.ts'
import { EncryptionError } from '../errors/encryption-error.ts'
import { encodeKey, encodeNamespace, recordItem } from '../key/cache-key.ts'
import type { Policy } from '../policy/policy.ts'
import type { Entry } from './entry.ts'
import { compressPayload, decompressPayload } from './compressed-payload.ts'
import type { Decompressed } from './compressed-payload.ts'
import { isPromise } from './is-promise.ts'
import { encodeFrame } from './wire-format.ts'

/** An entry as readers know it, or why there is none: no reason for a caller's call to fail. */
export type Unpacked = Entry | DecryptionError | DecompressionError

/** What a call's policy says of packing. */
type PackPolicy = Pick<Policy, 'storeTimeoutMs' | 'compression'>

/** What a call's policy says of unpacking. */
type UnpackPolicy = Pick<Policy, 'storeTimeoutMs' | 'maxValueBytes'>

const NOTHING = new Uint8Array(0)

const WHY_NOT_DECOMPRESSED: Readonly<Record<DecompressionFailure, string>> = {
  unknown: 'it is compressed by an algorithm that this process does not have',
  'too-large':
    'decompressed, it would be larger than maxValueBytes, or than any value that was compressed into so little',
  malformed: 'its compressed bytes are damaged',
  late: 'decompressing it took too long',
}

const WHY: Readonly<Record<DecryptionFailure, string>> = {
  malformed: 'its bytes are not of the form that the sealer writes',
  'unknown-key': 'it is sealed with a key that this process does not have',
  'destroyed-key': 'it is sealed with a key that has been destroyed',
  unauthentic: 'it was changed, sealed for another place, or sealed with another key of the same name',
  unsealed: 'it is not sealed, and a sealer is set',
  sealed: 'it is sealed, and no sealer is set',
  unavailable: 'its key could not be had',
}

/**
 * The last station of an entry before the store, and the first after it. A codec has made its payload; here it is compressed, and then sealed:
 * nothing can be gained from compressing what is sealed. Both ways are synchronous unless a key must be fetched, or the payload is large.
 */
export class Packing {
  readonly #sealer: Sealer | undefined
  readonly #compressorOf: (id: number) => Compressor | undefined
  readonly #onError: (error: unknown) => void
  readonly #cache: string
  readonly #deadlines: Deadlines
  /** What the bindings of all entries of the cache begin with. */
  readonly #place: Uint8Array

  constructor(parts: {
    readonly sealer: Sealer | undefined
    /** The compressor of an id, for reading. */
    readonly compressorOf: (id: number) => Compressor | undefined
    /** Called when a payload could not be compressed; it is stored all the same. */
    readonly onError: (error: unknown) => void
    readonly namespace: string
    readonly cache: string
    readonly deadlines: Deadlines
  }) {
    this.#sealer = parts.sealer
    this.#compressorOf = parts.compressorOf
    this.#onError = parts.onError
    this.#cache = parts.cache
    this.#deadlines = parts.deadlines
    this.#place = Buffer.concat([field(encodeNamespace(parts.namespace)), field(encodeNamespace(parts.cache))])
  }

  /** Whether values are sealed: a frame's head is then bound to its payload, and a store cannot edit it. */
  get seals(): boolean {
    return this.#sealer !== undefined
  }

  /**
   * The entry as stores keep it. What it waits for may take `storeTimeoutMs` milliseconds.
   * @throws EncryptionError if a key cannot be had; the promise rejects likewise.
   */
  pack(key: string, entry: Entry, policy: PackPolicy): Entry | Promise<Entry> {
    const compressed = this.#compress(entry, policy)
    if (isPromise(compressed)) return compressed.then((entry) => this.#seal(key, entry, policy.storeTimeoutMs))
    return this.#seal(key, compressed, policy.storeTimeoutMs)
  }

  /** The entry as readers know it. Never throws, never rejects. */
  unpack(key: string, entry: Entry, policy: UnpackPolicy): Unpacked | Promise<Unpacked> {
    // What most entries are, on the way that is to cost nothing.
    if (this.#sealer === undefined && !entry.sealed && entry.compression === 0) return entry
    const opened = this.#open(key, entry, policy.storeTimeoutMs)
    if (isPromise(opened)) return opened.then((opened) => this.#decompress(key, opened, policy))
    return this.#decompress(key, opened, policy)
  }

  /** Compression is lost rather than a value: whatever goes wrong, the entry is stored as it is. */
  #compress(entry: Entry, { compression, storeTimeoutMs }: PackPolicy): Entry | Promise<Entry> {
    if (compression === undefined || entry.payload.length < compression.minBytes) return entry
    if (this.#sealer !== undefined && !compression.withEncryption) return entry
    const failed = (error: unknown): Entry => {
      this.#onError(error)
      return entry
    }
    try {
      const compressed = compressPayload(entry, compression.compressor)
      return isPromise(compressed) ? this.#bounded(compressed, storeTimeoutMs).catch(failed) : compressed
    } catch (error) {
      return failed(error)
    }
  }

  #seal(key: string, entry: Entry, timeoutMs: number): Entry | Promise<Entry> {
    const sealer = this.#sealer
    if (sealer === undefined) return entry
    const packed = (payload: Uint8Array): Entry => ({ ...entry, sealed: true, payload })
    const failed = (cause: unknown): never => {
      const item = recordItem(this.#cache, key)
      throw new EncryptionError(`${item} was not stored: ${sealer.name} could not seal it`, { key: item, cause })
    }
    try {
      const sealed = sealer.seal(entry.payload, this.#binding(key, entry))
      return isPromise(sealed) ? this.#bounded(sealed, timeoutMs).then(packed, failed) : packed(sealed)
    } catch (error) {
      return failed(error)
    }
  }

  #open(key: string, entry: Entry, timeoutMs: number): Entry | DecryptionError | Promise<Entry | DecryptionError> {
    const sealer = this.#sealer
    if (sealer === undefined) return entry.sealed ? this.#refuse(key, 'sealed') : entry
    // Whoever can write to the store could otherwise put any value there, by leaving out the seal.
    if (!entry.sealed) return this.#refuse(key, 'unsealed')
    const taken = (opened: Opened): Entry | DecryptionError =>
      opened.kind === 'opened' ? { ...entry, sealed: false, payload: opened.payload } : this.#refuse(key, opened.reason)
    const failed = (cause: unknown): DecryptionError => this.#refuse(key, 'unavailable', cause)
    try {
      const opened = sealer.open(entry.payload, this.#binding(key, entry))
      return isPromise(opened) ? this.#bounded(opened, timeoutMs).then(taken, failed) : taken(opened)
    } catch (error) {
      return failed(error)
    }
  }

  #decompress(key: string, entry: Entry | DecryptionError, policy: UnpackPolicy): Unpacked | Promise<Unpacked> {
    if (entry instanceof DecryptionError || entry.compression === 0) return entry
    const compressor = this.#compressorOf(entry.compression)
    if (compressor === undefined) return this.#refuseCompressed(key, 'unknown')
    const taken = (answer: Decompressed): Unpacked =>
      answer.kind === 'decompressed'
        ? { ...entry, compression: 0, payload: answer.payload }
        : this.#refuseCompressed(key, answer.reason, answer.cause)
    const answer = decompressPayload(entry.payload, compressor, policy.maxValueBytes)
    if (!isPromise(answer)) return taken(answer)
    return this.#bounded(answer, policy.storeTimeoutMs).then(taken, (cause) =>
      this.#refuseCompressed(key, 'late', cause),
    )
  }

  /**
   * What a payload is bound to, each part with its length: namespace, cache, key, then the head of its frame, which holds the versions of the
   * format, codec and compression, and the entry's history. Only the `expired` flag is left out: stores set it.
   */
  #binding(key: string, entry: Entry): Uint8Array {
    const head = encodeFrame({ ...entry, sealed: true, expired: false, payload: NOTHING })
    return Buffer.concat([this.#place, field(encodeKey(key)), head])
  }

  #bounded<R>(work: Promise<R>, timeoutMs: number): Promise<R> {
    return this.#deadlines.race(work, timeoutMs, () => new Error(`no answer within ${timeoutMs} ms`))
  }

  #refuseCompressed(key: string, reason: DecompressionFailure, cause?: unknown): DecompressionError {
    const item = recordItem(this.#cache, key)
    const details = { key: item, reason, ...(cause === undefined ? {} : { cause }) }
    return new DecompressionError(`the stored value of ${item} was not used: ${WHY_NOT_DECOMPRESSED[reason]}`, details)
  }

  #refuse(key: string, reason: DecryptionFailure, cause?: unknown): DecryptionError {
    const item = recordItem(this.#cache, key)
    const details = { key: item, reason, ...(cause === undefined ? {} : { cause }) }
    return new DecryptionError(`the stored value of ${item} was not used: ${WHY[reason]}`, details)
  }
}

/** Text with its length before it, so that no two lists of texts give the same bytes. */
function field(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
