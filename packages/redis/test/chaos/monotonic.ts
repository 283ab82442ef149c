/** Milliseconds of the machine's monotonic clock: the same for all processes, so instants of different ones can be compared. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
