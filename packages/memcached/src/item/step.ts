import type { ItemState } from './item-state.ts'

/**
 * What to do about a key, given its present state. `next` is put in the place of the state, provided that is still the one that was
 * given; without it nothing is written. Then `answer` is the answer. If it has changed, the step is asked again.
 */
export interface Step<R> {
  readonly answer: R
  readonly next?: ItemState
}
