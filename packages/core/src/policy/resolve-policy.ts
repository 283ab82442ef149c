import { jsonCodec } from '../codec/json-codec.ts'
import { msgpackCodec } from '../codec/msgpack-codec.ts'
import type { Codec } from '../contracts/codec.ts'
import { checkTags } from '../key/tag.ts'
import type { CacheOptions, CallOptions, PolicyOptions } from './cache-options.ts'
import { resolveCompress } from './compress-options.ts'
import { durationMs } from './duration.ts'
import type { Duration } from './duration.ts'
import { checkChoice, checkFlag, checkNumber, checkObject } from './option-checks.ts'
import type { Policy } from './policy.ts'
import { NEVER_AHEAD, resolveRefreshAhead } from './refresh-ahead.ts'
import { sizeBytes } from './size.ts'

/** What holds where nobody says otherwise. */
export const DEFAULT_POLICY: Policy = Object.freeze({
  ttlMs: 300_000,
  graceMs: 0,
  jitter: 0,
  negativeTtlMs: undefined,
  refreshAhead: NEVER_AHEAD,
  softTimeoutMs: 0,
  hardTimeoutMs: 30_000,
  storeTimeoutMs: 1_000,
  waitForLoadMs: 30_000,
  tags: Object.freeze([]),
  version: undefined,
  fresh: false,
  staleAfterInvalidation: false,
  onUnavailable: 'fail',
  copy: 'freeze',
  codec: msgpackCodec,
  compression: undefined,
  maxValueBytes: 16 * 1024 * 1024,
})

/**
 * Lays options over a policy; the only place where options are merged and validated.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function resolvePolicy(base: Policy, options: (PolicyOptions & CallOptions) | undefined): Policy {
  if (options === undefined) return base
  checkObject(options, 'options')
  const timeouts = options.timeouts ?? {}
  checkObject(timeouts, 'timeouts')
  const policy: Policy = {
    ttlMs: ms(options.ttl, 'ttl', { otherwise: base.ttlMs }),
    graceMs: ms(options.grace, 'grace', { otherwise: base.graceMs, zero: true }),
    jitter: options.jitter === undefined ? base.jitter : checkNumber(options.jitter, 'jitter', { least: 0, most: 1 }),
    negativeTtlMs:
      options.negativeTtl === undefined ? base.negativeTtlMs : durationMs(options.negativeTtl, 'negativeTtl'),
    refreshAhead: options.refreshAhead === undefined ? base.refreshAhead : resolveRefreshAhead(options.refreshAhead),
    softTimeoutMs: ms(timeouts.soft, 'timeouts.soft', { otherwise: base.softTimeoutMs, zero: true }),
    hardTimeoutMs: ms(timeouts.hard, 'timeouts.hard', { otherwise: base.hardTimeoutMs }),
    storeTimeoutMs: ms(timeouts.store, 'timeouts.store', { otherwise: base.storeTimeoutMs }),
    waitForLoadMs: ms(options.waitForLoad, 'waitForLoad', { otherwise: base.waitForLoadMs, zero: true }),
    tags: options.tags === undefined ? base.tags : mergeTags(base.tags, options.tags),
    version: options.version === undefined ? base.version : checkVersion(options.version),
    fresh: options.fresh === undefined ? base.fresh : checkFlag(options.fresh, 'fresh'),
    staleAfterInvalidation:
      options.staleAfterInvalidation === undefined
        ? base.staleAfterInvalidation
        : checkFlag(options.staleAfterInvalidation, 'staleAfterInvalidation'),
    onUnavailable:
      options.onUnavailable === undefined
        ? base.onUnavailable
        : checkChoice(options.onUnavailable, 'onUnavailable', ['fail', 'queue']),
    copy: options.copy === undefined ? base.copy : checkChoice(options.copy, 'copy', ['freeze', 'clone', 'share']),
    codec: options.codec === undefined ? base.codec : resolveCodec(options.codec),
    compression: options.compress === undefined ? base.compression : resolveCompress(options.compress),
    maxValueBytes:
      options.maxValueBytes === undefined ? base.maxValueBytes : sizeBytes(options.maxValueBytes, 'maxValueBytes'),
  }
  if (policy.storeTimeoutMs === Infinity)
    throw new TypeError('timeouts.store must be finite: a call never waits for ever')
  return Object.freeze(policy)
}

/** Lays a cache's options over a manager's policy. A function of tags is not part of it: it needs the value. */
export function resolveCachePolicy<T, K>(base: Policy, options: CacheOptions<T, K>): Policy {
  const { tags, ...others } = options
  return resolvePolicy(base, tags === undefined || typeof tags === 'function' ? others : { ...others, tags })
}

/**
 * The policy of one value: with its own tags, and its own `ttl` or that of a `null`. Answers `base` itself where nothing differs.
 * @throws TypeError for tags or a `ttl` that are out of their range.
 */
export function policyOf(
  base: Policy,
  own: { readonly value: unknown; readonly tags: readonly string[] | undefined; readonly ttl?: Duration | undefined },
): Policy {
  const usual = own.value === null ? (base.negativeTtlMs ?? base.ttlMs) : base.ttlMs
  const ttlMs = own.ttl === undefined ? usual : durationMs(own.ttl, 'ttl')
  if (ttlMs === base.ttlMs && (own.tags === undefined || own.tags.length === 0)) return base
  return Object.freeze({ ...base, ttlMs, tags: own.tags === undefined ? base.tags : mergeTags(base.tags, own.tags) })
}

/** @throws TypeError unless `version` is a non-negative safe integer. */
export function checkVersion(version: unknown): number {
  return checkNumber(version, 'version', { least: 0, most: Number.MAX_SAFE_INTEGER, integer: true })
}

function ms(
  value: Duration | undefined,
  option: string,
  how: { readonly otherwise: number; readonly zero?: boolean },
): number {
  return value === undefined ? how.otherwise : durationMs(value, option, { zero: how.zero === true })
}

function mergeTags(base: readonly string[], own: readonly string[]): readonly string[] {
  return checkTags(base.length === 0 ? own : [...base, ...own], 'tags')
}

function resolveCodec(codec: 'msgpack' | 'json' | Codec): Codec {
  if (codec === 'msgpack') return msgpackCodec
  if (codec === 'json') return jsonCodec
  checkObject(codec, 'codec')
  checkNumber(codec.id, 'codec.id', { least: 1, most: 255, integer: true })
  if (typeof codec.encode !== 'function' || typeof codec.decode !== 'function') {
    throw new TypeError("codec must be 'msgpack', 'json' or an object with id, encode and decode")
  }
  return codec
}
