import type { ContractCase } from './contract-case.ts'
import { appendCases } from './journal/append-cases.ts'
import type { JournalHarness } from './journal/journal-harness.ts'
import { markCases } from './journal/mark-cases.ts'
import { sinceCases } from './journal/since-cases.ts'
import { syncCases } from './journal/sync-cases.ts'
import { tailCases } from './journal/tail-cases.ts'
import { turnCases } from './journal/turn-cases.ts'

/** Everything that the contract of `Journal` promises. Of a journal without delivery only the marks are asked for. */
export const journalSuite: readonly ContractCase<JournalHarness>[] = [
  ...markCases,
  ...turnCases,
  ...[...appendCases, ...sinceCases, ...syncCases, ...tailCases].map(ofRecords),
]

function ofRecords(recordCase: ContractCase<JournalHarness>): ContractCase<JournalHarness> {
  return {
    ...recordCase,
    requires: (manifest, harness) =>
      manifest.delivery === 'none' ? 'records' : (recordCase.requires?.(manifest, harness) ?? true),
  }
}
