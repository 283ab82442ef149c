/** A duration as Redis takes it: whole milliseconds, at least one, in digits. */
export function milliseconds(duration: number): string {
  return String(Math.min(Math.max(1, Math.ceil(duration)), Number.MAX_SAFE_INTEGER - 1))
}

/** A duration that may be without end, which is `''`. */
export function timeLimit(duration: number | undefined): string {
  return duration === undefined || duration === Infinity ? '' : milliseconds(duration)
}
