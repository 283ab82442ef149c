import type { Frame } from './contracts/frame.ts'
import { decodeFrame } from './entry/wire-format.ts'
import { show } from './look.ts'
import type { Outcome } from './observe/outcome.ts'
import type { CacheParts } from './parts.ts'
import type { Policy } from './policy/policy.ts'

/**
 * A value written behind that the source does not have yet, as an answer that nobody keeps. No mark speaks for or against it: it is newer than
 * whatever an invalidation meant. `undefined` if it cannot be read here.
 */
export async function pendingWrite<T>(
  parts: CacheParts<T>,
  pending: { readonly key: string; readonly frame: Frame },
  policy: Policy,
): Promise<Outcome<T> | undefined> {
  const decoded = decodeFrame(pending.frame)
  if (decoded.kind !== 'entry') {
    parts.observer.unreadable(pending.key)
    return undefined
  }
  const judged = { key: pending.key, entry: decoded.entry, state: 'fresh', valid: true } as const
  const look = await show<T>(parts, judged, policy)
  if (look.kind !== 'valid') return undefined
  return { kind: 'value', handout: look.handout, source: 'l2', entry: undefined, state: 'fresh' }
}
