import { checkNumber, checkObject } from './option-checks.ts'

/**
 * When a value that is still fresh is reloaded behind its readers: once a share of its `ttl` has passed, or by XFetch, which lets each read
 * decide by chance, the likelier the nearer the end and the longer loads take.
 * XFetch: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015.
 */
export type RefreshAhead =
  | { readonly kind: 'never' }
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'xfetch'; readonly beta: number }

/** No refresh before a value is stale. */
export const NEVER_AHEAD: RefreshAhead = Object.freeze({ kind: 'never' })

/** The life of a value: until when it is fresh, on some clock, and how long it was to be fresh; milliseconds. */
export interface FreshSpan {
  readonly softAt: number
  readonly ttlMs: number
}

/** Beyond so many load times, times beta, before the end, XFetch refreshes less than one read in 10^8. */
const XFETCH_HORIZON = 20

/** @throws TypeError for anything but a share between 0 and 1, an object with `beta`, or `false`. */
export function resolveRefreshAhead(option: unknown): RefreshAhead {
  if (option === false) return NEVER_AHEAD
  if (typeof option === 'number') {
    if (option > 0 && option < 1) return Object.freeze({ kind: 'share', share: option })
    throw new TypeError(`refreshAhead must be a share of the ttl between 0 and 1, both excluded, got ${option}`)
  }
  checkObject(option, 'refreshAhead')
  const beta = checkNumber(Reflect.get(option, 'beta'), 'refreshAhead.beta', { least: 0.01, most: 100 })
  return Object.freeze({ kind: 'xfetch', beta })
}

/** The first instant at which a read may find the value due; `softAt` itself if none before. `loadMs`: how long loads take. */
export function earliestDue({ softAt, ttlMs }: FreshSpan, ahead: RefreshAhead, loadMs: number): number {
  if (ahead.kind === 'never' || softAt === Infinity) return softAt
  if (ahead.kind === 'share') return softAt - (1 - ahead.share) * ttlMs
  return softAt - XFETCH_HORIZON * ahead.beta * loadMs
}

/** Whether one read, at `now`, finds the value due for a refresh. `chance` is drawn for it, from 0 up to but not 1. */
export function isDue(
  span: FreshSpan,
  ahead: RefreshAhead,
  read: { readonly now: number; readonly loadMs: number; readonly chance: () => number },
): boolean {
  const { now, loadMs, chance } = read
  if (now < earliestDue(span, ahead, loadMs)) return false
  if (ahead.kind !== 'xfetch') return ahead.kind === 'share' && span.softAt !== Infinity
  return span.softAt !== Infinity && now - loadMs * ahead.beta * Math.log(1 - chance()) >= span.softAt
}
