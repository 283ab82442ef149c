import type { Duration } from '@larder/core'
import type { EntityOptions, InstallOptions } from '../options/install-options.ts'
import type { Builder } from './builder.ts'
import { currentContext } from './cache-context.ts'
import type { CacheContext } from './cache-context.ts'

/** How long answers are fresh where nobody says. */
const DEFAULT_TTL: Duration = '1m'
const DEFAULT_JITTER = 0.1

/** How one query is cached. */
export interface Caching extends CacheContext {
  readonly ttl: Duration
  readonly jitter: number
}

/** How a builder's query is to be cached, or `undefined` if it is not: the builder's own option, then the code around, then its entity's mode. */
export function cachingOf(builder: Builder, options: InstallOptions): Caching | undefined {
  const { cache, cacheDuration, cacheId, mainAlias } = builder.expressionMap
  const context = currentContext()
  const entity = mainAlias?.hasMetadata === true ? options.entities?.[mainAlias.metadata.name] : undefined
  if (cache === false || context === 'off' || entity === false) return undefined
  const mode = entity?.mode ?? options.defaults?.mode ?? 'opt-in'
  if (cache !== true && context === undefined && mode === 'opt-in') return undefined
  return resolved({ duration: cacheDuration, name: cacheId, context, entity }, options)
}

function resolved(
  own: {
    readonly duration: number | undefined
    readonly name: string | undefined
    readonly context: CacheContext | undefined
    readonly entity: EntityOptions | undefined
  },
  { defaults }: InstallOptions,
): Caching {
  const { duration, name, context, entity } = own
  const grace = context?.grace ?? entity?.grace ?? defaults?.grace
  const called = name ?? context?.name
  return {
    ttl: duration ?? context?.ttl ?? entity?.ttl ?? defaults?.ttl ?? DEFAULT_TTL,
    jitter: defaults?.jitter ?? DEFAULT_JITTER,
    ...(grace === undefined ? {} : { grace }),
    ...(context?.tags === undefined ? {} : { tags: context.tags }),
    ...(called === undefined ? {} : { name: called }),
  }
}
