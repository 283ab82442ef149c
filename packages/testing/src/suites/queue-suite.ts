import type { ContractCase } from './contract-case.ts'
import { claimCases } from './queue/claim-cases.ts'
import { enqueueCases } from './queue/enqueue-cases.ts'
import type { QueueHarness } from './queue/queue-harness.ts'
import { settleCases } from './queue/settle-cases.ts'

/** Everything that the contract of `WriteQueue` promises. */
export const queueSuite: readonly ContractCase<QueueHarness>[] = [...enqueueCases, ...claimCases, ...settleCases]
