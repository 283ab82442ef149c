import type { ContractCase } from './contract-case.ts'
import { dropCases } from './store/drop-cases.ts'
import { editCases } from './store/edit-cases.ts'
import { expireCases } from './store/expire-cases.ts'
import { fillCases } from './store/fill-cases.ts'
import { foreignCases } from './store/foreign-cases.ts'
import { keyCases } from './store/key-cases.ts'
import { leaseCases } from './store/lease-cases.ts'
import { readCases } from './store/read-cases.ts'
import type { StoreHarness } from './store/store-harness.ts'
import { takeCases } from './store/take-cases.ts'
import { versionCases } from './store/version-cases.ts'

/** Everything that the contract of `Store` promises. */
export const storeSuite: readonly ContractCase<StoreHarness>[] = [
  ...readCases,
  ...takeCases,
  ...fillCases,
  ...leaseCases,
  ...dropCases,
  ...expireCases,
  ...versionCases,
  ...editCases,
  ...keyCases,
  ...foreignCases,
]
