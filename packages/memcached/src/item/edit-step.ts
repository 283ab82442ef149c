import { FRAME, frameHead } from '@larder/core/contracts'
import type { Edited, EditRequest, Frame } from '@larder/core/contracts'
import type { ItemState } from './item-state.ts'
import type { Step } from './step.ts'

/**
 * Changes an entry in place while it is still the one the caller read. New content revokes a running load's lease, a new lifetime does
 * not.
 */
export function editStep(state: ItemState, request: EditRequest, now: number): Step<Edited> {
  const { entry } = state
  const head = entry === undefined ? undefined : frameHead(entry.frame)
  if (entry === undefined || head === undefined || head.expired || head.id !== request.expectId)
    return { answer: 'changed' }
  const endsAt = now + request.ttlMs
  if (request.kind === 'replace')
    return { answer: 'edited', next: { ...state, lease: undefined, entry: { frame: request.frame, endsAt } } }
  return { answer: 'edited', next: { ...state, entry: { frame: retimed(entry.frame, request), endsAt } } }
}

function retimed(frame: Frame, times: { readonly softAt: number; readonly hardAt: number }): Frame {
  const copy = Uint8Array.from(frame)
  const view = new DataView(copy.buffer)
  view.setFloat64(FRAME.offset.softAt, times.softAt)
  view.setFloat64(FRAME.offset.hardAt, times.hardAt)
  return copy
}
