import type { Locks, LocksManifest } from '@larder/core/contracts'

/** Locks under test. */
export interface LocksHarness {
  readonly manifest: LocksManifest
  readonly locks: Locks
  /** Starts every key the case uses; no other case sees it. */
  readonly namespace: string
  /**
   * Makes `ms` milliseconds pass for the locks: a fake clock is advanced, or the times to live on a server are shortened. What was to live
   * for a second more or longer is still there afterwards.
   */
  elapse(ms: number): Promise<void>
  /** Waits until the predicate holds; rejects if that takes too long. */
  eventually(predicate: () => boolean | Promise<boolean>): Promise<void>
  /** Forgets every lock and every fencing token, as a server does that starts without its data. Absent if the harness has no way to. */
  wipe?(): Promise<void>
  close?(): Promise<void>
}
