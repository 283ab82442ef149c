import { createCacheManager, systemClock } from '@larder/core'
import type { Backend, Cache, CacheManager } from '@larder/core'
import { aesGcm, authenticated, hashKeys } from '@larder/crypto'
import type { KeyMaterial, KeyRing } from '@larder/crypto'
import { findPatient } from './patient.ts'
import type { Patient } from './patient.ts'

/** What protects a node. */
export interface Protection {
  readonly keyRing: KeyRing
  readonly nameKey: KeyMaterial
}

/** One process of the clinic. */
export interface ClinicNode extends AsyncDisposable {
  readonly caches: CacheManager
  readonly patients: Cache<Patient>
  /** What was reported so far, by code and reason. */
  readonly reports: string[]
}

/** A node over a backend, with all that `@larder/crypto` offers, or with nothing. `l1: false` makes every read go to the store. */
export async function openNode(backend: Backend, protection: Protection | undefined, l1?: false): Promise<ClinicNode> {
  const reports: string[] = []
  const report = (error: unknown): number => reports.push(nameOf(error))
  const base = { namespace: 'clinic', onError: report, ...(l1 === false ? { l1 } : {}) }
  const caches = createCacheManager(
    protection === undefined
      ? { ...base, l2: backend }
      : {
          ...base,
          l2: authenticated(backend, { keyRing: protection.keyRing, onForged: report }),
          sealer: aesGcm({ keyRing: protection.keyRing }),
          naming: hashKeys({ key: protection.nameKey }),
        },
  )
  while (!(await caches.health()).live) await new Promise<void>((resolve) => systemClock.after(5, resolve))
  const patients = caches.cache<Patient>('patients', { load: findPatient, ttl: '1h' })
  return { caches, patients, reports, [Symbol.asyncDispose]: () => caches.close() }
}

function nameOf(error: unknown): string {
  const { code, reason } = error as { readonly code?: string; readonly reason?: string }
  return [code, reason].filter((part) => part !== undefined).join(' ')
}
