/** Names one journal record. Ids order records of one incarnation of a journal; identity is always both fields. */
export interface RecordRef {
  /** `<number>-<number>`, as in Redis streams; compared numerically, left part first. */
  readonly id: string
  /** Random; tells apart records of two incarnations that share an id. */
  readonly nonce: string
}

/** What an invalidation names. `keys`: items `<cache>:<key>`, encoded; `tags`: tags; `cache`: cache names; `genesis`: nothing, it opens a journal. */
export type RecordKind = 'keys' | 'tags' | 'cache' | 'genesis'

/** One invalidation, as all nodes hear it. */
export interface JournalRecord extends RecordRef {
  /** The record before it; absent on the genesis record. */
  readonly prev?: RecordRef
  /** Node that appended it. */
  readonly origin: string
  readonly kind: RecordKind
  readonly items: readonly string[]
}

/** An invalidation to append. */
export interface Append {
  readonly nonce: string
  readonly origin: string
  readonly kind: Exclude<RecordKind, 'genesis'>
  readonly items: readonly string[]
  /** For `tags` and `cache`: how long the moved marks live, in milliseconds; longer than any entry that carries them. */
  readonly markTtlMs: number
}

/** Asks for the present marks of some tags. */
export interface MarksRequest {
  /** Mark names, as {@link Append} moves them: `#<tag>` or `@<cache>`. */
  readonly names: readonly string[]
  /** Values for missing marks, one a name; without it missing ones stay missing. */
  readonly create?: readonly string[]
  /** How long a created mark lives, and the least further life of a present one, in milliseconds. Only with `create`. */
  readonly markTtlMs?: number
  /** Ask whether a record later than this one names one of the marks. */
  readonly since?: RecordRef
  /** Key, as stores know it, of the entry that the marks are for. Given only to a journal that keeps marks beside entries (`delivery: 'none'`). */
  readonly entryKey?: string
}

/** The marks at one instant. */
export interface Marks {
  /** In the order of the request; `undefined` where a mark is missing, which equals nothing. */
  readonly marks: readonly (string | undefined)[]
  /** The journal's last record at the same instant. */
  readonly head: RecordRef
  /** `false` only with `since`: it is unknown to the journal, a later record names one of the tags, or a later record is of kind `cache`. */
  readonly unmoved: boolean
}

/** What a node missed. */
export type Sync =
  | {
      /** The cursor is in the journal: these came after it, oldest first. */
      readonly kind: 'records'
      readonly records: readonly JournalRecord[]
      readonly head: RecordRef
    }
  | {
      /** The cursor is not in the journal: what was missed cannot be known. */
      readonly kind: 'reset'
      readonly head: RecordRef
      /** Id of the oldest record still there. */
      readonly firstId: string
    }

/** What a journal can do. */
export interface JournalManifest {
  /**
   * `inline`: a record reaches the listeners of this process before `append` resolves and cannot be missed, so a node is
   * always current. `remote`: records travel; a node must prove by `sync` that it is current. `none`: there are marks, kept beside the
   * entries, and no records: nobody hears of anything, so every read of an entry asks for its marks. `head` is then a value that every
   * record of tags or caches moves before it moves the marks, and is read after them; it is only there with `create` or `since`.
   */
  readonly delivery: 'inline' | 'remote' | 'none'
}

/** Hears a journal. */
export interface TailListener {
  /** A record was pushed. May come late, twice, out of order or never. */
  record(record: JournalRecord): void
  /** Pushes may have been missed (connected, reconnected, subscribed): call `sync`. */
  resync(): void
}

/** A subscription to a journal. */
export interface Tail {
  /** Stops the pushes. Idempotent. */
  close(): Promise<void>
}

/**
 * The ordered list of all invalidations of a namespace, and the marks they move. Methods act atomically on all marks and records of the namespace.
 * A rejection means that the outcome is unknown; appending again is safe.
 */
export interface Journal {
  readonly manifest: JournalManifest
  /**
   * Appends a record, moves the marks it names to `<id>:<nonce>` and tells the listeners. An empty journal gets a genesis record first.
   * Marks moved: `#<tag>` for each item of kind `tags`, `@<cache>` for each of kind `cache`.
   */
  append(namespace: string, record: Append): Promise<RecordRef>
  marks(namespace: string, request: MarksRequest): Promise<Marks>
  /** What came after `cursor`; without one always a reset. An empty journal gets a genesis record first. */
  sync(namespace: string, cursor: RecordRef | undefined): Promise<Sync>
  /** Those of `records` newer than the oldest record of the journal that are not in it: a failover lost them. */
  missing(namespace: string, records: readonly RecordRef[]): Promise<readonly RecordRef[]>
  /** Subscribes to pushes. Reconnects by itself; calls `resync` whenever pushes may have been missed. */
  tail(namespace: string, listener: TailListener): Tail
}
