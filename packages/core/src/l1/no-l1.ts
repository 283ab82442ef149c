import type { L1 } from './l1.ts'

/** L1 that keeps nothing: the null object for `l1: false`. */
export const NO_L1: L1<never> = {
  get: () => undefined,
  put: () => {},
  delete: () => {},
  clear: () => {},
  entries: 0,
  bytes: 0,
}
