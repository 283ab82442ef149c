import { systemClock, systemRandom } from '@larder/core'
import { GlideClient } from '@valkey/valkey-glide'
import type { GlideClientConfiguration } from '@valkey/valkey-glide'
import { redisBackend } from '../redis-backend.ts'
import type { RedisBackend } from '../redis-backend.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import { GlideAdapter } from './glide-adapter.ts'
import { warnOfUnsafeSettings } from './glide-configuration.ts'
import type { GlideLike } from './glide-like.ts'
import { GlideLink } from './glide-link.ts'
import { givenGlide, MadeGlide } from './glide-source.ts'
import type { GlideSource } from './glide-source.ts'

type Tuning = Omit<ResolvedOptions, 'target'>

/** A backend over a client that was handed over. */
export function backendOverGlide<Client extends GlideLike>(
  client: Client,
  configuration: GlideClientConfiguration,
  tuning: Tuning,
): RedisBackend<Client> {
  warnOfUnsafeSettings(client, configuration)
  return { ...backendWithoutClient(givenGlide(client), configuration, tuning), client }
}

/** A backend over a client that is made for its first call, or for whoever asks for it. */
export function backendOverMadeGlide(
  configuration: GlideClientConfiguration,
  tuning: Tuning,
): RedisBackend<Promise<GlideClient>> {
  const make = (): Promise<GlideClient> => GlideClient.createClient(configuration)
  const source = new MadeGlide({ make, clock: systemClock, random: systemRandom })
  return {
    ...backendWithoutClient(source, configuration, tuning),
    get client(): Promise<GlideClient> {
      return source.made()
    },
  }
}

function backendWithoutClient(
  source: GlideSource,
  configuration: GlideClientConfiguration,
  { timeoutMs, journalLength, hooks }: Tuning,
): Omit<RedisBackend, 'client'> {
  const parts = { timeoutMs, clock: systemClock, random: systemRandom }
  const connection = new GlideAdapter({
    source,
    openLink: (events) => GlideLink.open(configuration, events, timeoutMs),
    ...parts,
  })
  const { client: _, ...backend } = redisBackend({ client: undefined, connection, journalLength, hooks, ...parts })
  return backend
}
