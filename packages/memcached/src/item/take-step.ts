import { frameHead } from '@larder/core/contracts'
import type { Take, TakeRequest } from '@larder/core/contracts'
import type { ItemState } from './item-state.ts'
import type { Step } from './step.ts'

/** Answers what there is to use, or gives the lease away. */
export function takeStep(state: ItemState, { token, seenId, leaseMs }: TakeRequest, now: number): Step<Take> {
  const { entry, lease } = state
  const head = entry === undefined ? undefined : frameHead(entry.frame)
  if (entry !== undefined && head !== undefined && !head.expired && head.id !== seenId)
    return { answer: { kind: 'entry', frame: entry.frame } }
  if (lease !== undefined) return { answer: { kind: 'held' } }
  const next = { ...state, lease: { token, version: undefined, endsAt: now + leaseMs } }
  return { answer: { kind: 'granted' }, next }
}
