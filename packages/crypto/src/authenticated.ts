import { channel } from 'node:diagnostics_channel'
import type { ForgedRecordError } from '@larder/core'
import type { Backend } from '@larder/core/contracts'
import { KeyRing } from './key-ring.ts'
import { ProvenJournal } from './proven-journal.ts'

/** Options of {@link authenticated}. */
export interface AuthenticatedOptions {
  /** Its primary key proves new records; every key that is in this process checks them. The primary must not be a provider's. */
  readonly keyRing: KeyRing
  /** Called for every record without its proof. It is published on the `larder:error` channel of `node:diagnostics_channel`, too. */
  readonly onForged?: (error: ForgedRecordError) => void
}

const errors = channel('larder:error')

/**
 * The backend with a journal whose records are proven (HMAC-SHA-256), so that who can write to the server, but has no key, cannot announce
 * invalidations. All nodes of the namespace must use it: the records of others make this node forget what it remembers, each time.
 * @throws TypeError for wrong options, and for a backend without a journal.
 */
export function authenticated(backend: Backend, { keyRing, onForged }: AuthenticatedOptions): Backend {
  if (!(keyRing instanceof KeyRing)) throw new TypeError('keyRing must be what createKeyRing() made')
  if (keyRing.heldKey(keyRing.primary) === undefined)
    throw new TypeError('the primary key of keyRing must be in this process: a provider cannot prove records')
  if (onForged !== undefined && typeof onForged !== 'function') throw new TypeError('onForged must be a function')
  const { journal } = backend
  if (journal === undefined) throw new TypeError(`the backend ${backend.name} has no journal`)
  const report = (error: ForgedRecordError): void => {
    if (errors.hasSubscribers) errors.publish({ error })
    onForged?.(error)
  }
  return {
    name: backend.name,
    store: backend.store,
    ...(backend.locks === undefined ? {} : { locks: backend.locks }),
    ...(backend.queue === undefined ? {} : { queue: backend.queue }),
    journal: new ProvenJournal(journal, { keyRing, report }),
    health: () => backend.health(),
    close: () => backend.close(),
  }
}
