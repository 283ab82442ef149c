/** Milliseconds of the machine's monotonic clock: two processes of one machine may compare what they read. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
