import type { ItemState } from './item-state.ts'

/** The parts of a state that have not ended by `now`, wall ms. */
export function present(state: ItemState, now: number): ItemState {
  const alive = <P extends { readonly endsAt: number }>(part: P | undefined): P | undefined =>
    part !== undefined && part.endsAt > now ? part : undefined
  return { lease: alive(state.lease), floor: alive(state.floor), entry: alive(state.entry) }
}
