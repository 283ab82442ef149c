import type { Clock } from '@larder/core/contracts'

/** The commands that wait for their answers. */
export class UnderWay {
  readonly #commands = new Set<Promise<unknown>>()

  async follow<R>(command: Promise<R>): Promise<R> {
    this.#commands.add(command)
    try {
      return await command
    } finally {
      this.#commands.delete(command)
    }
  }

  /** Resolves when all of them have been answered, or after `limitMs`. */
  async settled(limitMs: number, clock: Clock): Promise<void> {
    if (this.#commands.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = clock.after(limitMs, resolve)
      void Promise.allSettled(this.#commands).then(() => {
        timer.cancel()
        resolve()
      })
    })
  }
}
