import { byteCases } from './codec/byte-cases.ts'
import type { CodecHarness } from './codec/codec-harness.ts'
import { malformedCases } from './codec/malformed-cases.ts'
import { valueCases } from './codec/value-cases.ts'
import type { ContractCase } from './contract-case.ts'

/** Everything that the contract of `Codec` promises. */
export const codecSuite: readonly ContractCase<CodecHarness>[] = [...valueCases, ...byteCases, ...malformedCases]
