/** A tag of an entry, by its mark's name in the journal (`#<tag>` or `@<cache>`), with the mark as it stood before the entry was made. */
export type MarkPair = readonly [tag: string, mark: string]

/** A value as bytes, with its history: who made it, when, until when it is good, and which marks it depends on. Immutable. */
export interface Entry {
  /** Token of the write that made it: 16 ASCII characters. */
  readonly id: string
  /** Id of the codec that made the payload, 1 to 255. */
  readonly codec: number
  /** Id of the compression of the payload, 0 for none. */
  readonly compression: number
  /** Whether the payload is encrypted. */
  readonly sealed: boolean
  /** Whether `expire()` flagged it: it may only be shown as a stale value, on request. */
  readonly expired: boolean
  /** Version given by the writer, a non-negative safe integer; absent for unversioned entries. */
  readonly version?: number
  /** When the load or the write that made it began, in wall ms. */
  readonly birth: number
  /** Until when it is fresh, in wall ms; may be `Infinity`. */
  readonly softAt: number
  /** Until when it may be served as stale, in wall ms; may be `Infinity`. */
  readonly hardAt: number
  /** At most 65,535; each tag at most 65,535 UTF-8 bytes, each mark at most 255 ASCII characters. */
  readonly marks: readonly MarkPair[]
  /** The encoded value. */
  readonly payload: Uint8Array
}

/** An entry without its value. */
export type EntryHead = Omit<Entry, 'payload'>
