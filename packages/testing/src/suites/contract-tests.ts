import type { ContractCase, ContractHarness } from './contract-case.ts'

/** The part of a runner's test context that a case needs; the contexts of vitest and of `node:test` have it. */
export interface SkipContext {
  skip(reason?: string): void
}

/** A case, ready for a runner. */
export interface ContractTest {
  readonly name: string
  /** Opens a harness, runs the case on it and closes it. Without a context, a case that does not apply passes. */
  readonly run: (context?: SkipContext) => Promise<void>
}

/**
 * The cases of a suite, made ready for any test runner:
 *
 * ```ts
 * for (const { name, run } of contractTests(storeSuite, openHarness)) test(name, run)
 * ```
 *
 * Runners that take a function with a parameter for one that wants a callback need `() => run()`.
 */
export function contractTests<Harness extends ContractHarness>(
  suite: readonly ContractCase<Harness>[],
  open: () => Harness | Promise<Harness>,
): readonly ContractTest[] {
  return suite.map((contractCase) => ({
    name: contractCase.name,
    run: async (context) => {
      const harness = await open()
      try {
        const applies = contractCase.requires?.(harness.manifest, harness) ?? true
        if (applies === true) await contractCase.run(harness)
        else context?.skip(applies === false ? 'not supported' : `needs ${applies}`)
      } finally {
        await harness.close?.()
      }
    },
  }))
}
