/** Orders two record ids of one journal incarnation: negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0
  const dashA = a.indexOf('-')
  const dashB = b.indexOf('-')
  const left = Number(a.slice(0, dashA)) - Number(b.slice(0, dashB))
  return left !== 0 ? left : Number(a.slice(dashA + 1)) - Number(b.slice(dashB + 1))
}
