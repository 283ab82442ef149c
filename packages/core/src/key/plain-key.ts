/**
 * The name of a key that is plain by itself: a string as it is, a number or bigint in decimal. Anything else is returned unchanged, for the
 * check of keys to refuse.
 */
export function plainKey(key: unknown): unknown {
  return (typeof key === 'number' && Number.isFinite(key)) || typeof key === 'bigint' ? String(key) : key
}
