/** One way of doing the same work. */
export interface Contender {
  readonly name: string
  /** Does the work `operations` times; resolves when it is done. */
  readonly turn: (operations: number) => Promise<unknown>
}
