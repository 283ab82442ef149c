import type { Execution } from '../policy/execution.ts'

/** Calls that wait to be let in, first come, first served. One that is aborted leaves the line at once. */
export class WaitingLine {
  readonly #calls = new Set<() => void>()

  get length(): number {
    return this.#calls.size
  }

  /** Resolves when the call's turn comes; rejects when it is aborted before. `refusal` makes the error for one that runs out of time. */
  wait(execution: Execution, refusal: () => Error): Promise<void> {
    execution.waitToBegin(refusal)
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        leave()
        execution.begun()
        resolve()
      }
      this.#calls.add(enter)
      const leave = execution.onAbort((reason) => {
        this.#calls.delete(enter)
        reject(reason)
      })
    })
  }

  /** Lets the first one in; `false` if nobody waits. */
  admit(): boolean {
    for (const enter of this.#calls) {
      this.#calls.delete(enter)
      enter()
      return true
    }
    return false
  }
}
