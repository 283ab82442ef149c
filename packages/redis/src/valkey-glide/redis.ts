import type { GlideClient } from '@valkey/valkey-glide'
import type { RedisBackend } from '../redis-backend.ts'
import type { RedisServerOptions } from '../redis-options.ts'
import { resolveOptions } from '../resolve-options.ts'
import { backendOverGlide, backendOverMadeGlide } from './glide-backend.ts'
import { configurationOf, glideConfiguration } from './glide-configuration.ts'
import { recogniseGlide } from './glide-like.ts'
import type { GlideLike } from './glide-like.ts'
import type { RedisClientOptions, RedisOptions } from './glide-options.ts'

/**
 * Valkey or Redis as a shared store of entries with a journal, over Valkey GLIDE. The first call connects, to `localhost:6379`
 * without options; GLIDE makes its clients asynchronously, so `client` is a promise unless one was handed over. Throws `TypeError`
 * for wrong options; an unreachable server rejects calls, not this one.
 */
export function redis(options?: RedisServerOptions): RedisBackend<Promise<GlideClient>>
export function redis<Client extends GlideLike>(options: RedisClientOptions<Client>): RedisBackend<Client>
export function redis(options: RedisOptions): RedisBackend<GlideLike | Promise<GlideLike>>
export function redis(options: RedisOptions = {}): RedisBackend<GlideLike | Promise<GlideLike>> {
  const { target, ...tuning } = resolveOptions(options, recogniseGlide)
  if (target.kind === 'client') return backendOverGlide(target.client, configurationOf(options), tuning)
  return backendOverMadeGlide(glideConfiguration(target.connection, tuning.timeoutMs), tuning)
}
