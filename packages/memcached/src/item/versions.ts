import { frameHead } from '@larder/core/contracts'
import type { FloorPart, ItemState } from './item-state.ts'

/** Stands for "no version", lower than all of them. */
export const UNVERSIONED = -1

/** The highest version that is known of a key. */
export function highestVersion({ lease, floor, entry }: ItemState): number {
  const stored = entry === undefined ? undefined : frameHead(entry.frame)?.version
  return Math.max(floor?.version ?? UNVERSIONED, lease?.version ?? UNVERSIONED, stored ?? UNVERSIONED)
}

/** The floor, lifted to `version` and known until `endsAt` at least. Never lowered, and never known for less long. */
export function raisedFloor(floor: FloorPart | undefined, version: number, endsAt: number): FloorPart {
  return {
    version: Math.max(floor?.version ?? UNVERSIONED, version),
    endsAt: Math.max(floor?.endsAt ?? -Infinity, endsAt),
  }
}
