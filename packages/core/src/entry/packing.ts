import type { Opened, Sealer } from '../contracts/sealer.ts'
import type { Deadlines } from '../deadline.ts'
import { DecryptionError } from '../errors/decryption-error.ts'
import type { DecryptionFailure } from '../errors/decryption-error.ts'
import { EncryptionError } from '../errors/encryption-error.ts'
import { encodeKey, encodeNamespace, recordItem } from '../key/cache-key.ts'
import type { Entry } from './entry.ts'
import { encodeFrame } from './wire-format.ts'

/** An entry as readers know it, or why there is none: no reason for a caller's call to fail. */
export type Unpacked = Entry | DecryptionError

const NOTHING = new Uint8Array(0)

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
 * The last station of an entry before the store, and the first after it. A codec has made its payload; a payload that is to be compressed is so
 * before it comes here, since nothing can be gained from compressing what is sealed. Both ways are synchronous unless a key must be fetched.
 */
export class Packing {
  readonly #sealer: Sealer | undefined
  readonly #cache: string
  readonly #deadlines: Deadlines
  /** What the bindings of all entries of the cache begin with. */
  readonly #place: Uint8Array

  constructor(parts: {
    readonly sealer: Sealer | undefined
    readonly namespace: string
    readonly cache: string
    readonly deadlines: Deadlines
  }) {
    this.#sealer = parts.sealer
    this.#cache = parts.cache
    this.#deadlines = parts.deadlines
    this.#place = Buffer.concat([field(encodeNamespace(parts.namespace)), field(encodeNamespace(parts.cache))])
  }

  /** Whether values are sealed: a frame's head is then bound to its payload, and a store cannot edit it. */
  get seals(): boolean {
    return this.#sealer !== undefined
  }

  /**
   * The entry as stores keep it. A key may take `timeoutMs` milliseconds to come.
   * @throws EncryptionError if it cannot be had; the promise rejects likewise.
   */
  pack(key: string, entry: Entry, timeoutMs: number): Entry | Promise<Entry> {
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

  /** The entry as readers know it. Never throws, never rejects. */
  unpack(key: string, entry: Entry, timeoutMs: number): Unpacked | Promise<Unpacked> {
    const sealer = this.#sealer
    if (sealer === undefined) return entry.sealed ? this.#refuse(key, 'sealed') : entry
    // Whoever can write to the store could otherwise put any value there, by leaving out the seal.
    if (!entry.sealed) return this.#refuse(key, 'unsealed')
    const taken = (opened: Opened): Unpacked =>
      opened.kind === 'opened' ? { ...entry, sealed: false, payload: opened.payload } : this.#refuse(key, opened.reason)
    const failed = (cause: unknown): Unpacked => this.#refuse(key, 'unavailable', cause)
    try {
      const opened = sealer.open(entry.payload, this.#binding(key, entry))
      return isPromise(opened) ? this.#bounded(opened, timeoutMs).then(taken, failed) : taken(opened)
    } catch (error) {
      return failed(error)
    }
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

  #refuse(key: string, reason: DecryptionFailure, cause?: unknown): DecryptionError {
    const item = recordItem(this.#cache, key)
    const details = { key: item, reason, ...(cause === undefined ? {} : { cause }) }
    return new DecryptionError(`the stored value of ${item} was not used: ${WHY[reason]}`, details)
  }
}

/** Whether an answer is still to come. */
export function isPromise<R>(answer: R | Promise<R>): answer is Promise<R> {
  return typeof (answer as { readonly then?: unknown }).then === 'function'
}

/** Text with its length before it, so that no two lists of texts give the same bytes. */
function field(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
