import type { Frame } from './frame.ts'

/** What a store can do; conformance suites skip what it says it cannot. */
export interface StoreManifest {
  /** Short name for messages and metrics, for example `redis`. */
  readonly name: string
  /** Whether other processes see what is written here. */
  readonly shared: boolean
  /** Largest key in UTF-8 bytes. */
  readonly maxKeyBytes: number
  /** Largest frame in bytes; larger ones are not sent. */
  readonly maxFrameBytes: number
  /** Whether versions and their floor are kept (F7). */
  readonly versions: boolean
  /** Whether entries can be edited in place: `touch`, `increment`, `addTags`. */
  readonly edits: boolean
}

/** Asks for the lease of a key, so that its value may be loaded. */
export interface TakeRequest {
  /** Token that the lease, and later the entry, will carry. */
  readonly token: string
  /** Id of the entry the caller already judged invalid; that one is not handed back. */
  readonly seenId?: string
  /** Lease time to live, in milliseconds. */
  readonly leaseMs: number
}

/** What `take` found. Exactly one caller is `granted` while a lease stands. */
export type Take =
  | { readonly kind: 'granted' }
  | { readonly kind: 'held' }
  | { readonly kind: 'entry'; readonly frame: Frame }
  | { readonly kind: 'dirty'; readonly frame: Frame }

/** Puts an entry under a key whose lease the caller holds. */
export interface FillRequest {
  readonly token: string
  readonly frame: Frame
  /** Hard time to live in milliseconds, positive; `Infinity` keeps it until evicted. */
  readonly ttlMs: number
}

/** Takes an entry away. */
export interface DropRequest {
  /** `delete` and `set` remove the entry; `expire` flags it and keeps it for at most `graceMs`. */
  readonly mode: 'delete' | 'set' | 'expire'
  /** Lease to leave behind for the `fill` of a `set`; without it any lease is revoked. */
  readonly token?: string
  /** Time to live of that lease, in milliseconds. */
  readonly leaseMs?: number
  /** Longest further life of an expired entry, in milliseconds; only with mode `expire`. */
  readonly graceMs?: number
  /** Version of the write; an older one than the floor, the lease, the entry or a pending write-behind value is refused. */
  readonly version?: number
  /** How long the highest version stays known, in milliseconds. Only with `version`. */
  readonly floorMs?: number
}

/** What `drop` did. `existed`: an unexpired entry was there. */
export type Drop = { readonly kind: 'dropped'; readonly existed: boolean } | { readonly kind: 'newer' }

/** Changes an entry in place, provided it is still the one the caller read. */
export type EditRequest = {
  /** Id of the entry the caller read. */
  readonly expectId: string
  /** Hard time to live from now, in milliseconds; `Infinity` removes the limit. */
  readonly ttlMs: number
} & (
  | {
      /** New content under a new id: revokes a running load's lease. */
      readonly kind: 'replace'
      readonly frame: Frame
    }
  | {
      /** New lifetime: the id and any lease stay. */
      readonly kind: 'retime'
      /** Wall ms, written into the header. */
      readonly softAt: number
      /** Wall ms, written into the header. */
      readonly hardAt: number
    }
)

/** `changed`: there is no unexpired entry with that id any more; nothing was done. */
export type Edited = 'edited' | 'changed'

/**
 * Holds entries and the leases that guard them. Every method acts on one key, atomically. A rejection means that the outcome is unknown.
 * Values enter by `fill` and only while the token still holds the lease: whatever revokes the lease forbids the fill.
 *
 * Keys are strings of valid Unicode built by the caller; a store may add suffixes to them, and keeps what belongs to one key together.
 */
export interface Store {
  readonly manifest: StoreManifest
  /** The entry's bytes, expired-flagged ones too; `undefined` if there is none. */
  get(key: string): Promise<Frame | undefined>
  /** `get` of several keys in one go, answered in their order. */
  getMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]>
  /**
   * In this order: a pending write-behind value → `dirty`; an unexpired entry whose id is not `seenId` → `entry`; a lease → `held`;
   * else the lease is now the caller's → `granted`.
   */
  take(key: string, request: TakeRequest): Promise<Take>
  /** Stores the frame and ends the lease if `token` still holds it and no higher version is known; `false` if not. */
  fill(key: string, request: FillRequest): Promise<boolean>
  /**
   * Removes or expires the entry and revokes its lease, or replaces the lease by `token`. While a write-behind value is pending, a `set` is
   * `newer` unless both have versions and its own is the higher one.
   */
  drop(key: string, request: DropRequest): Promise<Drop>
  /** Prolongs the lease to `leaseMs` milliseconds from now if `token` still holds it; `false` if not. */
  renew(key: string, token: string, leaseMs: number): Promise<boolean>
  /** Ends the lease if `token` still holds it. */
  release(key: string, token: string): Promise<void>
  /** Changes an entry in place; see {@link EditRequest}. */
  edit(key: string, request: EditRequest): Promise<Edited>
}
