import type { ItemState } from './item-state.ts'
import type { Step } from './step.ts'

/** Gives the lease of `token` another end, wall ms, or ends it; `false` if the token does not hold it. */
export function leaseStep(state: ItemState, token: string, endsAt: number | undefined): Step<boolean> {
  const { lease } = state
  if (lease?.token !== token) return { answer: false }
  return { answer: true, next: { ...state, lease: endsAt === undefined ? undefined : { ...lease, endsAt } } }
}
