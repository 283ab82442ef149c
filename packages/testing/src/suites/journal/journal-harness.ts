import type { Journal, JournalManifest } from '@larder/core/contracts'

/** A journal under test. */
export interface JournalHarness {
  readonly manifest: JournalManifest
  readonly journal: Journal
  /** A namespace that nothing was appended to yet. Those that start with it are the case's own as well. */
  readonly namespace: string
  /** Makes `ms` milliseconds pass for marks; see `StoreHarness.elapse`. */
  elapse(ms: number): Promise<void>
  /** Waits until the predicate holds, for as long as a push may take; rejects if it never does. */
  eventually(predicate: () => boolean): Promise<void>
  /**
   * Makes the journal of `namespace` forget the records it holds now, as its bound on length does in time. May append
   * records of kind `keys` to do so; at least one record is left. Absent if the harness has no way to.
   */
  trim?(): Promise<void>
  /**
   * Removes the journal of `namespace` as a whole, as a flush or an eviction on the server does. Absent if the harness
   * has no way to.
   */
  wipe?(): Promise<void>
  close?(): Promise<void>
}
