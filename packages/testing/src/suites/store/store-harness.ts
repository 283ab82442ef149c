import type { Frame, Store, StoreManifest } from '@larder/core/contracts'

/** A store under test. */
export interface StoreHarness {
  readonly manifest: StoreManifest
  readonly store: Store
  /** Starts every key the case uses; no other case sees it, or each gets an empty store. */
  readonly namespace: string
  /**
   * Makes `ms` milliseconds pass for the store: a fake clock is advanced, or the times to live on a server are
   * shortened. What was to live for a second more or longer is still there afterwards.
   */
  elapse(ms: number): Promise<void>
  /** Puts bytes under a key as its entry, past the store. Absent if the harness has no way to. */
  poke?(key: string, bytes: Uint8Array): Promise<void>
  /** Lays the value of a pending write-behind over a key. Absent if the store has none, or the harness no way to. */
  cover?(key: string, frame: Frame): Promise<void>
  close?(): Promise<void>
}
