import type { Locks } from '../contracts/locks.ts'
import { UnsupportedError } from '../errors/unsupported-error.ts'

/** Stands for the locks of a backend that has none. */
export function noLocks(backend: string): Locks {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new UnsupportedError(
        `the backend ${backend} has no locks: use one that has, or give the manager others with the option "locks"`,
      ),
    )
  return {
    manifest: { name: backend, shared: false, maxKeyBytes: Infinity },
    acquire: refuse,
    extend: refuse,
    release: refuse,
    close: async () => {},
  }
}
