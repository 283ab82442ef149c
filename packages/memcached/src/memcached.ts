import { systemClock, systemRandom } from '@larder/core'
import { memcachedBackend } from './memcached-backend.ts'
import type { MemcachedBackend } from './memcached-backend.ts'
import type { MemcachedOptions } from './memcached-options.ts'
import { resolveOptions } from './resolve-options.ts'

/**
 * Memcached, 1.6 or later, as a shared store of entries: one server or several, to which keys are spread by consistent hashing. The first
 * call connects. Invalidations of tags rest on marks beside the entries; other processes are told of invalidations only through a `journal`. Throws
 * `TypeError` for wrong options; an unreachable server rejects calls, not this one.
 */
export function memcached(options: MemcachedOptions = {}): MemcachedBackend {
  return memcachedBackend(resolveOptions(options), { clock: systemClock, random: systemRandom })
}
