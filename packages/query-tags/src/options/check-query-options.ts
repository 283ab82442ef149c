import { checkChoice } from './check-choice.ts'
import { finiteDurationMs } from './finite-duration-ms.ts'
import type { QueryOptions } from './query-options.ts'

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkQueryOptions(options: QueryOptions): void {
  checkChoice(options.defaults?.mode, 'defaults.mode', ['opt-in', 'opt-out'])
  checkChoice(options.consistency, 'consistency', ['after-commit', 'strict'])
  if (options.lease !== undefined) finiteDurationMs(options.lease, 'lease')
  if (options.replica !== undefined) finiteDurationMs(options.replica.maxLag, 'replica.maxLag')
  if (options.scope !== undefined && typeof options.scope !== 'function')
    throw new TypeError('scope must be a function')
  if (options.scopeRequired === true && options.scope === undefined) throw new TypeError('scopeRequired needs a scope')
}
