/** Lets the writes of one key follow each other in the order of their calls. Those of different keys do not wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /**
   * Runs `work` when everything that was called for `key` before has ended. `wait` waits for that; when it rejects, so does this, and the
   * work never runs.
   */
  async take<R>(key: string, work: () => Promise<R>, wait: (turn: Promise<unknown>) => Promise<unknown>): Promise<R> {
    const before = this.#last.get(key)
    const mine = before === undefined ? work() : wait(before).then(work)
    // Who gives up early does not let those behind it overtake the one in front.
    const ended = Promise.allSettled([before, mine])
    this.#last.set(key, ended)
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key)
    })
    return mine
  }
}
