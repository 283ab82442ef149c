import { expiredFrame, frameHead } from '@larder/core/contracts'
import type { Drop, DropRequest, FrameHead } from '@larder/core/contracts'
import type { EntryPart, FloorPart, ItemState, LeasePart } from './item-state.ts'
import type { Step } from './step.ts'
import { highestVersion, raisedFloor } from './versions.ts'

/** Takes an entry away, and with it the right of any running load to bring one back. */
export function dropStep(state: ItemState, request: DropRequest, now: number): Step<Drop> {
  const { version } = request
  if (version !== undefined && version < highestVersion(state)) return { answer: { kind: 'newer' } }
  const head = state.entry === undefined ? undefined : frameHead(state.entry.frame)
  const next: ItemState = {
    lease: leaseAfter(request, head, now),
    floor: floorAfter(state, { request, head }, now),
    entry: entryAfter(state.entry, { request, head }, now),
  }
  return { answer: { kind: 'dropped', existed: head !== undefined && !head.expired }, next }
}

/** An entry without a version may be newer than a write with one: the two cannot be told apart, so neither stays. */
function leaseAfter(request: DropRequest, head: FrameHead | undefined, now: number): LeasePart | undefined {
  const { token, version, leaseMs = 0 } = request
  const unordered = version !== undefined && head !== undefined && head.version === undefined
  return token === undefined || unordered ? undefined : { token, version, endsAt: now + leaseMs }
}

function floorAfter(
  { floor, entry }: ItemState,
  { request, head }: { readonly request: DropRequest; readonly head: FrameHead | undefined },
  now: number,
): FloorPart | undefined {
  if (request.version !== undefined) return raisedFloor(floor, request.version, now + (request.floorMs ?? Infinity))
  if (entry === undefined || head?.version === undefined) return floor
  return raisedFloor(floor, head.version, entry.endsAt)
}

/** An entry flagged again does not live longer for it. */
function entryAfter(
  entry: EntryPart | undefined,
  { request, head }: { readonly request: DropRequest; readonly head: FrameHead | undefined },
  now: number,
): EntryPart | undefined {
  const { mode, graceMs = 0 } = request
  if (entry === undefined || head === undefined || mode !== 'expire' || graceMs <= 0) return undefined
  return { frame: expiredFrame(entry.frame), endsAt: Math.min(entry.endsAt, now + graceMs) }
}
