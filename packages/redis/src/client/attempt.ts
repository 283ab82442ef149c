/** A connection attempt under way, and those who wait for its outcome. */
export class Attempt {
  readonly outcome: Promise<void>
  resolve: () => void = () => {}
  reject: (reason: unknown) => void = () => {}

  constructor() {
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    // Whoever waited may have given up.
    this.outcome.catch(() => {})
  }
}
