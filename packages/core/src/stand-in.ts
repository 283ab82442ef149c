import type { Look } from './look.ts'
import type { StaleReason, ValueOutcome } from './observe/outcome.ts'
import type { CacheParts, ReadRequest } from './parts.ts'
import type { Policy } from './policy/policy.ts'

/** The stale value of L2 that may be served instead of a load, if there is one. */
export function standInFor<T>(look: Look<T>, policy: Policy, reason: StaleReason): ValueOutcome<T> | undefined {
  if (look.kind === 'valid') return stale(look, reason)
  if (look.kind === 'invalidated' && policy.staleAfterInvalidation) return stale(look, 'invalidated')
  return undefined
}

/** The value in this process' memory, which cannot be vouched for now: better than an error where grace allows it. */
export function nearStandIn<T>(
  parts: CacheParts<T>,
  request: Pick<ReadRequest<T>, 'key' | 'policy'>,
): ValueOutcome<T> | undefined {
  const { key, policy } = request
  const item = policy.graceMs > 0 && !policy.fresh ? parts.near.l1.get(key) : undefined
  if (item === undefined || parts.clock.monotonic() >= item.hardAt) return undefined
  if (parts.node.liveness.live() && !parts.node.marks.accepts(item.entry.marks)) return undefined
  return {
    kind: 'value',
    handout: item.handout,
    source: 'l1',
    entry: item.entry,
    state: 'stale',
    reason: 'loader-error',
  }
}

/** A value of L2, served as stale. */
export function stale<T>(
  look: Extract<Look<T>, { kind: 'valid' | 'invalidated' }>,
  reason: StaleReason,
): ValueOutcome<T> {
  return { kind: 'value', handout: look.handout, source: 'l2', entry: look.entry, state: 'stale', reason }
}
