import { hold } from './fault.ts'
import type { Fault, FaultKind, FaultScene } from './fault.ts'
import { failover } from './failover.ts'
import { awayTooLong, blackHole, cut, deaf, delay, lateCommands, mute, refuse, slice, stall } from './link-faults.ts'
import { monotonic } from './monotonic.ts'
import { killNode, stopNode } from './node-faults.ts'
import {
  evictByMemory,
  evictChosen,
  flush,
  forgetScripts,
  killClients,
  killServer,
  killSubscribers,
  pauseClients,
  sleepServer,
  stopServer,
} from './server-faults.ts'

/** Kinds of faults by name. */
export type Deck = Readonly<Record<string, readonly FaultKind[]>>

/** Every kind of fault of a single server. Some come twice, so that they come up often. */
const DECK: Deck = {
  stopNode: [stopNode, stopNode],
  killNode: [killNode],
  killClients: [killClients],
  killSubscribers: [killSubscribers, killSubscribers],
  stopServer: [stopServer],
  killServer: [killServer],
  sleepServer: [sleepServer],
  pauseClients: [pauseClients],
  flush: [flush],
  forgetScripts: [forgetScripts],
  evictByMemory: [evictByMemory],
  evictChosen: [evictChosen, evictChosen],
  failover: [failover],
  cut: [cut],
  refuse: [refuse],
  delay: [delay, delay],
  lateCommands: [lateCommands],
  blackHole: [blackHole, blackHole],
  deaf: [deaf],
  mute: [mute],
  stall: [stall],
  slice: [slice],
  awayTooLong: [awayTooLong, awayTooLong],
}

/** Faults at a time. */
const HANDS = 2

/** Brings faults about, two at a time at most, each of a kind before any for the second time, and undoes each. */
export class Nemesis {
  readonly #scene: FaultScene
  readonly #kinds: readonly FaultKind[]
  #deck: FaultKind[] = []
  /** What faults under way need. */
  readonly #taken = new Set<string>()
  readonly #counts = new Map<string, number>()
  /** Held back until nothing else goes on. */
  #exclusive: Fault | undefined
  #over = false
  #hands: Promise<unknown> = Promise.resolve()

  constructor(scene: FaultScene, choice: { readonly faults: readonly string[]; readonly deck?: Deck }) {
    const { faults: only, deck = DECK } = choice
    this.#scene = scene
    const unknown = only.filter((name) => deck[name] === undefined)
    if (unknown.length > 0)
      throw new Error(`There are no faults ${unknown.join()}; there are ${Object.keys(deck).join()}`)
    this.#kinds = Object.entries(deck).flatMap(([name, kinds]) =>
      only.length === 0 || only.includes(name) ? kinds : [],
    )
  }

  /** How often each came about. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)))
  }

  start(): void {
    this.#over = false
    this.#hands = Promise.all(Array.from({ length: HANDS }, () => this.#play()))
    this.#hands.catch((error: unknown) =>
      this.#scene.world.history.troubles.push({
        promise: 'the test itself',
        text: `a fault could not be undone: ${String(error)}`,
      }),
    )
  }

  /** Begins no more faults; resolves when all are undone. */
  async stop(): Promise<void> {
    this.#over = true
    await this.#hands
  }

  async #play(): Promise<void> {
    const { dice } = this.#scene
    while (!this.#over) {
      await hold(dice.between(100, 1_000))
      const fault = this.#draw()
      if (fault === undefined) continue
      for (const need of fault.needs) this.#taken.add(need)
      await this.#bring(fault).finally(() => {
        for (const need of fault.needs) this.#taken.delete(need)
      })
    }
  }

  /** The next fault, unless what it needs is taken; one that needs everything keeps others from beginning until it can. */
  #draw(): Fault | undefined {
    const waiting = this.#exclusive
    if (waiting !== undefined) {
      if (this.#taken.size > 0) return undefined
      this.#exclusive = undefined
      return waiting
    }
    if (this.#deck.length === 0) this.#deck = [...this.#scene.dice.shuffled(this.#kinds)]
    const kind = this.#deck.pop()
    const fault = kind?.(this.#scene)
    if (kind === undefined || fault === undefined || !fault.needs.some((need) => this.#taken.has(need))) return fault
    if (fault.needs.length > 2) this.#exclusive = fault
    else this.#deck.unshift(kind)
    return undefined
  }

  async #bring(fault: Fault): Promise<void> {
    if (this.#over) return
    const name = fault.name.replace(/ ?(node|link)\d/, '')
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    const incident = this.#scene.world.incident(fault.name)
    await fault.run((detail) => {
      incident.what = `${fault.name} ${detail}`
    })
    incident.to = monotonic()
  }
}
