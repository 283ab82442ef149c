import type { ContractCase } from './contract-case.ts'
import { extendCases } from './locks/extend-cases.ts'
import { fencingCases } from './locks/fencing-cases.ts'
import { holdingCases } from './locks/holding-cases.ts'
import type { LocksHarness } from './locks/locks-harness.ts'
import { releaseCases } from './locks/release-cases.ts'

/** Everything that the contract of `Locks` promises. */
export const locksSuite: readonly ContractCase<LocksHarness>[] = [
  ...holdingCases,
  ...extendCases,
  ...releaseCases,
  ...fencingCases,
]
