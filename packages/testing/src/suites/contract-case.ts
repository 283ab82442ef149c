/** What the cases of a contract run on. Each case gets a new one. */
export interface ContractHarness {
  /** What the thing under test can do. */
  readonly manifest: unknown
  /** Frees what was opened for the case. */
  close?(): Promise<void>
}

/** One promise of a contract, as data: any test runner can run it. */
export interface ContractCase<Harness extends ContractHarness> {
  /** A sentence. */
  readonly name: string
  /** Whether the case applies: `true`, or the name of what is missing. Without it the case always applies. */
  requires?(manifest: Harness['manifest'], harness: Harness): boolean | string
  /** Rejects if the promise is broken. */
  run(harness: Harness): Promise<void>
}
