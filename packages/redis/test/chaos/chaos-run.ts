import { SeededRandom } from '@larder/testing'
import { Checker } from './checker.ts'
import type { Violation } from './checker.ts'
import { Dice } from './dice.ts'
import { hold } from './fault.ts'
import { LIMITS } from './limits.ts'
import { monotonic } from './monotonic.ts'
import { Nemesis } from './nemesis.ts'
import type { Deck } from './nemesis.ts'
import { Observer } from './observer.ts'
import { report } from './report.ts'
import { SingleStage } from './single-stage.ts'
import type { Stage } from './stage.ts'
import { SUBJECTS } from './subjects.ts'
import { World } from './world.ts'
import { Writer } from './writer.ts'

/** Events are judged this long after their end: until then what they are compared with may not be known. */
const HORIZON_MS = 6_000
/** After healing, nodes have twice the heartbeat; so long does the writer have before that to announce everything. */
const ANNOUNCE_MS = 20_000
const READERS = 30

/** What a run is about. */
export interface ChaosSettings {
  readonly seed: number
  readonly seconds: number
  /** Names of faults; all of the deck if empty. */
  readonly faults: readonly string[]
  /** Faults to draw from; default those of a single server. */
  readonly deck?: Deck
}

/** Runs the nodes under faults for a time, then heals all and checks what is left. Rejects at the first violation, with its surroundings. */
export async function chaosRun(settings: ChaosSettings, stage?: Stage): Promise<string> {
  const world = await World.start(settings.seed, stage ?? (await SingleStage.start()))
  const run = new ChaosRun(world, settings)
  try {
    return await run.play()
  } finally {
    await run.stop()
  }
}

class ChaosRun {
  readonly #world: World
  readonly #settings: ChaosSettings
  readonly #checker: Checker
  readonly #writer: Writer
  readonly #observer: Observer
  readonly #nemesis: Nemesis
  #bursts = 0
  #judgedBursts = 0

  constructor(world: World, settings: ChaosSettings) {
    this.#world = world
    this.#settings = settings
    const dice = (salt: number): Dice => new Dice(new SeededRandom(settings.seed ^ salt))
    this.#checker = new Checker(world.history, world.source)
    this.#writer = new Writer(world, dice(0x3717e))
    this.#observer = new Observer(world)
    this.#nemesis = new Nemesis({ world, writer: this.#writer, dice: dice(0xfa017) }, settings)
  }

  async play(): Promise<string> {
    const halfMs = this.#settings.seconds * 500
    await this.#untilLive()
    this.#writer.start()
    this.#observer.start()
    await this.#oneLoad(4)
    await this.#storm(halfMs)
    await this.#oneLoad(3)
    await this.#storm(halfMs)
    await this.#converge()
    await this.#oneLoad(3)
    await this.#end()
    return this.#summary()
  }

  async stop(): Promise<void> {
    this.#writer.stop()
    for (const node of this.#world.nodes) node.goOn()
    await Promise.allSettled([this.#nemesis.stop(), this.#observer.stop()])
    await this.#world.stop()
  }

  /** Faults, and judgement as it goes. */
  async #storm(ms: number): Promise<void> {
    this.#nemesis.start()
    for (const end = monotonic() + ms; monotonic() < end;) {
      await hold(500)
      this.#demand(this.#checker.judge(monotonic() - HORIZON_MS))
      this.#demand(this.#checker.judgeCalls(monotonic() - 2_000))
    }
    const calming = this.#world.incident('no more faults')
    await this.#nemesis.stop()
    calming.to = monotonic()
  }

  /** F6: while no fault is active, many readers of one missing key in all nodes cause one load. */
  async #oneLoad(times: number): Promise<void> {
    await this.#untilLive()
    for (let i = 0; i < times; i++) {
      const key = `b${++this.#bursts}`
      const start = monotonic()
      const errors = await Promise.all(this.#world.nodes.map((node) => this.#world.burst(node, key, READERS)))
      const loads = this.#world.burstLoads.get(key) ?? 0
      // On a machine this busy even a healthy server, or the source, may be late: reads then load for themselves.
      const undisturbed = errors.every((count) => count === 0) && monotonic() - start < 0.75 * LIMITS.waitForLoadMs
      if (undisturbed) this.#judgedBursts++
      if (loads !== 1 && undisturbed)
        this.#fail({
          promise: 'F6',
          text: `${READERS} readers in each node of ${key} caused ${loads} loads`,
          at: monotonic(),
        })
    }
  }

  /** Every node proves to be up to date again, within the time that reconnecting takes. */
  async #untilLive(): Promise<void> {
    const start = monotonic()
    for (const node of this.#world.nodes) {
      for (;;) {
        if ((await this.#world.inspect(node)).live) break
        const now = monotonic()
        if (
          now - start >
          LIMITS.reconnectMs + 2 * LIMITS.heartbeatMs + this.#world.history.lagOf(node.name, start, now)
        )
          this.#fail({
            promise: 'F10',
            text: `${node.name} is not live ${(now - start).toFixed()} ms after healing`,
            at: now,
          })
        await hold(50)
      }
    }
  }

  /** Once everything is announced, memory, store and source agree within 2H on every node. */
  async #converge(): Promise<void> {
    this.#writer.pause()
    for (const end = monotonic() + ANNOUNCE_MS; !this.#writer.idle; await hold(50)) {
      this.#demand(this.#checker.judgeCalls(monotonic() - 2_000))
      if (monotonic() > end)
        this.#fail({ promise: 'F10', text: 'writes still fail 20 s after healing', at: monotonic() })
    }
    const agreed = this.#world.incident('everything is announced')
    await hold(2 * LIMITS.heartbeatMs)
    agreed.to = monotonic()
    for (const node of this.#world.nodes) {
      const { near, far, through } = await this.#world.inspect(node)
      for (const subject of SUBJECTS) {
        const [wanted, i] = [this.#world.source.version(subject.index), subject.index]
        const wrong = [near[i], far[i]].some((version) => version !== -1 && version !== wanted) || through[i] !== wanted
        if (!wrong) continue
        const text = `${node.name}: ${subject.cache}:${subject.key} is ${near[i]} in memory, ${far[i]} in the store and read as ${through[i]}; the source has ${wanted}`
        this.#fail({ promise: 'convergence', text, at: monotonic(), subject })
      }
    }
  }

  /** Everything settles, and the processes end by themselves. */
  async #end(): Promise<void> {
    for (const node of this.#world.nodes) node.tell({ kind: 'quiet' })
    const start = monotonic()
    for (const node of this.#world.nodes) {
      for (let pending = 1; pending > 0; await hold(20)) {
        ;({ pending } = await this.#world.inspect(node))
        const late = monotonic() - start - LIMITS.loadBoundMs - this.#world.history.lagOf(node.name, start, monotonic())
        if (pending > 0 && late > 0)
          this.#fail({ promise: 'F10', text: `${node.name}: ${pending} calls never settled`, at: monotonic() })
      }
    }
    await hold(300)
    this.#demand(this.#checker.judge(Infinity))
    this.#demand(this.#checker.judgeCalls(monotonic()))
    const ends = await Promise.all(this.#world.nodes.map((node) => node.end(15_000)))
    if (ends.some((code) => code !== 0))
      this.#fail({ promise: 'close', text: `the nodes ended with ${ends.join()}`, at: monotonic() })
    this.#demand(this.#checker.judge(Infinity))
  }

  #demand(violation: Violation | undefined): void {
    if (violation !== undefined) this.#fail(violation)
  }

  #fail(violation: Violation): never {
    throw new Error(report(violation, { history: this.#world.history, ...this.#settings }))
  }

  #summary(): string {
    const { invalidations } = this.#world.history
    const states = { complete: 0, unknown: 0, running: 0 }
    for (const { state } of invalidations.values()) states[state]++
    const judged = Object.entries(this.#checker.judged).map(([what, count]) => `${what} ${count}`)
    const faults = Object.entries(this.#nemesis.counts).map(([what, count]) => `${what} ${count}`)
    return [
      `seed ${this.#settings.seed}: no violation in ${this.#settings.seconds} s`,
      `invalidations: ${states.complete} complete, ${states.unknown} of unknown outcome; ${this.#world.repeated} repeated after failovers; loads ${this.#world.loads}; looks at the server ${this.#observer.looks}`,
      `judged: ${judged.join(', ')}, F6 ${this.#judgedBursts} of ${this.#bursts}`,
      `faults: ${faults.join(', ')}`,
    ].join('\n')
  }
}
