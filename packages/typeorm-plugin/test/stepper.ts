import type { Shop } from './shop.ts'

/** Where somebody stops until it is their turn again. */
interface Stop {
  readonly reached: Promise<void>
  reach(): void
  readonly opened: Promise<void>
  open(): void
}

/** What a statement must look like for somebody to stop there. */
export type Matches = (sql: string, parameters: readonly unknown[]) => boolean

/**
 * Work that goes on one step at a time: it stops where its own statements are about to be sent, and where the database has answered and nobody has heard yet.
 */
export class Stepped<R> {
  readonly #stops: Stop[]
  readonly #start: () => Promise<R>
  #at = -1
  #result: Promise<R> | undefined

  private constructor(start: () => Promise<R>, stops: Stop[]) {
    this.#start = start
    this.#stops = stops
  }

  /** `before`, `after`: the statements at which `work` stops, once each. */
  static of<R>(
    shop: Shop,
    work: () => Promise<R>,
    at: { readonly before?: Matches; readonly after?: Matches },
  ): Stepped<R> {
    const stops: Stop[] = []
    if (at.before !== undefined) stops.push(stopAt(shop, 'beforeQuery', at.before))
    if (at.after !== undefined) stops.push(stopAt(shop, 'afterQuery', at.after))
    return new Stepped(work, stops)
  }

  /** Begins, or goes on from where it stopped; resolves with the number of the step, from 0, when it stops again or is done. */
  async step(): Promise<number> {
    if (this.#result === undefined) this.#result = this.#start()
    else this.#stops[this.#at]?.open()
    this.#at++
    const stop = this.#stops[this.#at]
    const done = this.#result.then(
      () => undefined,
      () => undefined,
    )
    await (stop === undefined ? done : Promise.race([stop.reached, done]))
    return this.#at
  }

  /** Whether it has begun. */
  get begun(): boolean {
    return this.#result !== undefined
  }

  /** Goes on to the end. */
  async finish(): Promise<R> {
    this.#result ??= this.#start()
    for (const stop of this.#stops) stop.open()
    return this.#result
  }
}

function newStop(): Stop {
  let reach = (): void => {}
  let open = (): void => {}
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { reached, reach, opened, open }
}

/** The next statement that matches waits: `beforeQuery`, until it is sent; `afterQuery`, once the database has carried it out. */
function stopAt(shop: Shop, where: 'beforeQuery' | 'afterQuery', matches: Matches): Stop {
  const stop = newStop()
  const { subscribers } = shop.source
  const subscriber = {
    [where]: async (event: { readonly query: string; readonly parameters?: unknown }): Promise<void> => {
      const parameters = Array.isArray(event.parameters) ? (event.parameters as unknown[]) : []
      if (!matches(event.query, parameters)) return
      subscribers.splice(subscribers.indexOf(subscriber), 1)
      stop.reach()
      await stop.opened
    },
  }
  subscribers.push(subscriber)
  return stop
}

/** All orders in which steps can be taken: `{ R: 2, W: 1 }` gives RRW, RWR, WRR. */
export function orders(steps: Readonly<Record<string, number>>): readonly string[] {
  const names = Object.keys(steps).filter((name) => (steps[name] ?? 0) > 0)
  if (names.length === 0) return ['']
  return names.flatMap((name) => orders({ ...steps, [name]: (steps[name] as number) - 1 }).map((rest) => name + rest))
}
