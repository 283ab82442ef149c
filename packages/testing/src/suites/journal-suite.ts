import type { ContractCase } from './contract-case.ts'
import { appendCases } from './journal/append-cases.ts'
import type { JournalHarness } from './journal/journal-harness.ts'
import { markCases } from './journal/mark-cases.ts'
import { sinceCases } from './journal/since-cases.ts'
import { syncCases } from './journal/sync-cases.ts'
import { tailCases } from './journal/tail-cases.ts'

/** Everything that the contract of `Journal` promises. */
export const journalSuite: readonly ContractCase<JournalHarness>[] = [
  ...appendCases,
  ...markCases,
  ...sinceCases,
  ...syncCases,
  ...tailCases,
]
