import type { Duration } from '@larder/core'
import type { ExtensionOptions } from '../options/extension-options.ts'
import { isRecord } from '../values/is-record.ts'
import { currentContext } from './cache-context.ts'
import type { CacheStrategy } from './cache-context.ts'

/** How long answers are fresh where nobody says. */
const DEFAULT_TTL: Duration = '1m'
const DEFAULT_JITTER = 0.1
const STRATEGY = new Set(['ttl', 'grace', 'tags'])

/** How one query is cached. */
export interface Caching extends CacheStrategy {
  readonly ttl: Duration
  readonly jitter: number
}

/**
 * How a query is to be cached, or `undefined` if it is not: its own `cache`, then the code around, then its model's mode.
 * @throws TypeError for a `cache` that is none of its forms.
 */
export function cachingOf(model: string | undefined, own: unknown, options: ExtensionOptions): Caching | undefined {
  const asked = checked(own)
  const context = currentContext()
  const settings = model === undefined ? undefined : options.models?.[model]
  if (asked === false || settings === false) return undefined
  if (asked === undefined && context === 'off') return undefined
  const mode = model === undefined ? 'opt-in' : (settings?.mode ?? options.defaults?.mode ?? 'opt-in')
  if (asked === undefined && context === undefined && mode === 'opt-in') return undefined
  const around = context === 'off' ? undefined : context
  const call = typeof asked === 'object' ? asked : undefined
  const { defaults } = options
  const grace = call?.grace ?? around?.grace ?? settings?.grace ?? defaults?.grace
  const tags = [...(around?.tags ?? []), ...(call?.tags ?? [])]
  return {
    ttl: call?.ttl ?? around?.ttl ?? settings?.ttl ?? defaults?.ttl ?? DEFAULT_TTL,
    jitter: defaults?.jitter ?? DEFAULT_JITTER,
    ...(grace === undefined ? {} : { grace }),
    ...(tags.length === 0 ? {} : { tags }),
  }
}

function checked(own: unknown): boolean | CacheStrategy | undefined {
  if (own === undefined || typeof own === 'boolean') return own
  if (isRecord(own)) {
    const other = Object.keys(own).find((name) => !STRATEGY.has(name))
    if (other !== undefined) throw new TypeError(`cache.${other} is no option: there are ttl, grace and tags`)
    const { tags } = own
    if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')))
      throw new TypeError('cache.tags must be an array of texts')
    return own
  }
  throw new TypeError('cache must be true, false, or an object with ttl, grace or tags')
}
