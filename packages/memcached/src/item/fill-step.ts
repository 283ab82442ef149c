import { frameHead } from '@larder/core/contracts'
import type { FillRequest } from '@larder/core/contracts'
import type { ItemState } from './item-state.ts'
import type { Step } from './step.ts'
import { highestVersion, raisedFloor, UNVERSIONED } from './versions.ts'

/** Stores a frame for the holder of the lease: the only way a body enters the server. An evicted lease is no lease. */
export function fillStep(state: ItemState, { token, frame, ttlMs }: FillRequest, now: number): Step<boolean> {
  if (state.lease?.token !== token) return { answer: false }
  const version = frameHead(frame)?.version
  if ((version ?? UNVERSIONED) < highestVersion(state)) return { answer: false }
  const endsAt = now + ttlMs
  const floor = version === undefined ? state.floor : raisedFloor(state.floor, version, endsAt)
  return { answer: true, next: { lease: undefined, floor, entry: { frame, endsAt } } }
}
