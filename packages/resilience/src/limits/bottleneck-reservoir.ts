import { systemClock } from '@larder/core'
import Bottleneck from 'bottleneck'

/**
 * Keeps bottleneck from comparing instants of the wall clock. It spaces jobs `minTime` apart and so notes when the next one may begin; after
 * the clock was set back by an hour, that would be in an hour. With this, the next one may always have begun long ago.
 */
const NO_SPACING = -Number.MAX_SAFE_INTEGER

/** How long bottleneck may take for a job that it has room for, in milliseconds. It needs about three. */
const STUCK_MS = 1_000

/**
 * A stock of calls that may begin, kept by bottleneck. Time is not its business: what is to be added when is told by others, its own refills
 * go by the wall clock. Nor is concurrency, so no job of it has an expiration. Methods reject when it is stuck: make another one.
 */
export class BottleneckReservoir {
  readonly #limiter: Bottleneck

  constructor(stock: number) {
    this.#limiter = new Bottleneck({ reservoir: stock, minTime: NO_SPACING })
  }

  async left(): Promise<number> {
    return (await this.#limiter.currentReservoir()) ?? 0
  }

  async add(calls: number): Promise<void> {
    if (calls > 0) await this.#limiter.incrementReservoir(calls)
  }

  /** Takes as many as there are, at most as `wanted` says then. One job for all of them: a job takes milliseconds. */
  async take(wanted: () => number): Promise<number> {
    const weight = Math.min(await this.left(), wanted())
    if (weight < 1) return 0
    return unlessStuck(this.#limiter.schedule({ weight }, () => Promise.resolve(weight)))
  }
}

/** In real time, in which bottleneck lives whatever clock the limit goes by. */
function unlessStuck<R>(job: Promise<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.after(STUCK_MS, () => reject(new Error('bottleneck has not begun a job it has room for')))
    job.then(resolve, reject).finally(() => timer.cancel())
  })
}
