const wholeNumber = new Intl.NumberFormat('en')

/** `60,000` */
export function whole(count: number): string {
  return wholeNumber.format(count)
}

/** `1.93 ms`; three digits below the point under a tenth of a millisecond. */
export function milliseconds(ms: number): string {
  return `${ms.toFixed(Math.abs(ms) < 0.1 ? 3 : 2)} ms`
}

/** `3.1 s` */
export function seconds(s: number): string {
  return `${s.toFixed(1)} s`
}

/** `15.7 %` */
export function percent(part: number, of: number): string {
  return `${((100 * part) / of).toFixed(1)} %`
}
