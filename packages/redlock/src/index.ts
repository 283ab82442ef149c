export { redlock } from './redlock.ts'
export type { RedlockOptions } from './redlock-options.ts'
