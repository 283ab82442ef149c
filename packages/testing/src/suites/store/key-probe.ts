import assert from 'node:assert/strict'
import type { DropRequest, Edited, Frame, Store } from '@larder/core/contracts'
import { frameHead } from '@larder/core/contracts'
import { buildFrame } from './build-frame.ts'
import type { StoreHarness } from './store-harness.ts'

/** Long beside what a case lets pass, in milliseconds. */
const LONG = 3_600_000

/** Fields of an entry that a case writes. */
export interface ProbeEntry {
  readonly version?: number
  readonly ttlMs?: number
  readonly payload?: Uint8Array
}

/**
 * One key of a store under test. Tokens and entry ids are short names here, and answers are words: `entry a`, `held`,
 * `a (expired)`.
 */
export class KeyProbe {
  readonly key: string
  readonly #store: Store

  constructor(harness: Pick<StoreHarness, 'store' | 'namespace'>, name = 'key', fullName?: string) {
    this.#store = harness.store
    this.key = fullName ?? `${harness.namespace}:{suite:${name}}`
  }

  /** A key by its full name. */
  static at(store: Store, key: string): KeyProbe {
    return new KeyProbe({ store, namespace: '' }, '', key)
  }

  /** The token that a short name stands for. */
  static token(name: string): string {
    return name.padEnd(16, '_')
  }

  static frame(name: string, { version, payload }: ProbeEntry = {}): Frame {
    return buildFrame({
      id: KeyProbe.token(name),
      ...(version === undefined ? {} : { version }),
      ...(payload === undefined ? {} : { payload }),
    })
  }

  /** What `get` shows: a name, `<name> (expired)`, or `nothing`. */
  async shows(): Promise<string> {
    return describe(await this.#store.get(this.key))
  }

  /** `granted`, `held`, `entry <name>` or `dirty <name>`. */
  async take(name: string, request: { readonly seen?: string; readonly leaseMs?: number } = {}): Promise<string> {
    const { seen, leaseMs = LONG } = request
    const seenId = seen === undefined ? {} : { seenId: KeyProbe.token(seen) }
    const found = await this.#store.take(this.key, { token: KeyProbe.token(name), leaseMs, ...seenId })
    return 'frame' in found ? `${found.kind} ${describe(found.frame)}` : found.kind
  }

  fill(name: string, entry: ProbeEntry = {}): Promise<boolean> {
    const { ttlMs = LONG } = entry
    return this.#store.fill(this.key, { token: KeyProbe.token(name), frame: KeyProbe.frame(name, entry), ttlMs })
  }

  /** Puts an entry there, whatever was there before, the way `set` does. */
  async put(name: string, entry: ProbeEntry = {}): Promise<void> {
    await this.set(name)
    assert.equal(await this.fill(name, entry), true, 'the case could not put its entry there')
  }

  /** `dropped`, `dropped nothing` or `newer`. */
  delete(version?: number): Promise<string> {
    return this.#drop({ mode: 'delete', ...versioned(version) })
  }

  /** A `set` up to its `fill`. */
  set(name: string, request: { readonly version?: number; readonly leaseMs?: number } = {}): Promise<string> {
    const { version, leaseMs = LONG } = request
    return this.#drop({ mode: 'set', token: KeyProbe.token(name), leaseMs, ...versioned(version) })
  }

  expire(graceMs: number, version?: number): Promise<string> {
    return this.#drop({ mode: 'expire', graceMs, ...versioned(version) })
  }

  renew(name: string, leaseMs: number): Promise<boolean> {
    return this.#store.renew(this.key, KeyProbe.token(name), leaseMs)
  }

  release(name: string): Promise<void> {
    return this.#store.release(this.key, KeyProbe.token(name))
  }

  /** Replaces the entry `expected` by `name`. */
  replace(expected: string, name: string, entry: ProbeEntry = {}): Promise<Edited> {
    const { ttlMs = LONG } = entry
    return this.#store.edit(this.key, {
      kind: 'replace',
      expectId: KeyProbe.token(expected),
      frame: KeyProbe.frame(name, entry),
      ttlMs,
    })
  }

  retime(
    expected: string,
    times: { readonly ttlMs: number; readonly softAt?: number; readonly hardAt?: number },
  ): Promise<Edited> {
    const { ttlMs, softAt = 1, hardAt = 2 } = times
    return this.#store.edit(this.key, { kind: 'retime', expectId: KeyProbe.token(expected), ttlMs, softAt, hardAt })
  }

  async #drop(request: DropRequest): Promise<string> {
    const answer = await this.#store.drop(this.key, request)
    if (answer.kind === 'newer') return 'newer'
    return answer.existed ? 'dropped' : 'dropped nothing'
  }
}

function versioned(version: number | undefined): { version: number; floorMs: number } | undefined {
  return version === undefined ? undefined : { version, floorMs: LONG }
}

function describe(frame: Frame | undefined): string {
  if (frame === undefined) return 'nothing'
  const head = frameHead(frame)
  if (head === undefined) return 'bytes that are no frame'
  const name = head.id.replace(/_+$/, '')
  return head.expired ? `${name} (expired)` : name
}
