/** What may be done with an entry at an instant: serve it, serve it as stale while it is renewed, or nothing. */
export type Freshness = 'fresh' | 'stale' | 'expired'

/** Judges expiry, and only expiry: whether an entry was invalidated is told by its marks. All times in wall ms. */
export function freshness(times: { readonly softAt: number; readonly hardAt: number }, now: number): Freshness {
  if (now >= times.hardAt) return 'expired'
  return now < times.softAt ? 'fresh' : 'stale'
}
