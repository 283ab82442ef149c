import { Calls } from './calls.ts'
import { Cluster } from './cluster.ts'
import { Faults } from './faults.ts'
import type { Choice } from './kernel.ts'
import { Kernel } from './kernel.ts'
import { Operations } from './operations.ts'
import { drawPlan } from './plan.ts'
import { planOf } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { ScriptedWorkload } from './scripted-workload.ts'
import type { Call } from './operations.ts'
import { HEARTBEAT_MS } from './process.ts'
import type { SimulatedNode } from './simulated-node.ts'
import { hasGrace } from './subject.ts'
import type { Subject } from './subject.ts'
import { Workload } from './workload.ts'

/** How a schedule went. */
export interface ScheduleResult {
  readonly seed: number
  /** The promise that was broken, if one was. */
  readonly violation: string | undefined
  /** Events. */
  readonly steps: number
  /** Numbered lines, if they were asked for. */
  readonly trace: readonly string[]
}

/** Events after which a troubled phase is cut short. */
const TROUBLED_STEPS = 1_500

/** Most events of a phase without trouble: beyond it nothing comes to an end. */
const MOST_STEPS = 5_000

/** Milliseconds within which a node closes. */
const CLOSED_WITHIN_MS = 10_000

/** One run of the production code on several simulated nodes, with every decision drawn from a seed. */
export class Schedule {
  readonly #seed: number
  readonly #kernel: Kernel
  readonly #cluster: Cluster
  readonly #operations: Operations
  readonly #calls: Calls
  readonly #workload: Workload | ScriptedWorkload
  /** Makes the last calls of every schedule. */
  readonly #ending: Workload
  readonly #faults: Faults

  /** Without a scenario, what happens is drawn from the seed as well. */
  constructor(seed: number, how: { readonly traced: boolean; readonly scenario: Scenario | undefined }) {
    const { traced, scenario } = how
    this.#seed = seed
    this.#kernel = new Kernel(seed, traced, scenario === undefined ? drawPlan : (dice) => planOf(scenario, dice))
    this.#operations = new Operations(this.#kernel)
    this.#cluster = new Cluster(this.#kernel, (process, subject) => this.#operations.readsUnderWay(process, subject))
    this.#calls = new Calls(this.#cluster)
    const users = { cluster: this.#cluster, calls: this.#calls, operations: this.#operations }
    this.#ending = new Workload(this.#cluster, this.#calls, this.#operations)
    this.#workload = scenario === undefined ? this.#ending : new ScriptedWorkload({ ...users, scenario })
    this.#faults = new Faults(this.#cluster)
  }

  /** Runs it to its end, or to the first violation. */
  async run(): Promise<ScheduleResult> {
    const unhandled = (error: unknown): void => this.#kernel.fail(`a rejection was not handled: ${String(error)}`)
    process.on('unhandledRejection', unhandled)
    try {
      await this.#phases()
    } finally {
      process.off('unhandledRejection', unhandled)
    }
    const { violation, step, trace } = this.#kernel
    return { seed: this.#seed, violation, steps: step, trace: trace.lines }
  }

  async #phases(): Promise<void> {
    const { plan } = this.#kernel
    this.#kernel.note(() => JSON.stringify({ ...plan, subjects: plan.subjects.map(({ name }) => name) }))
    await this.#quiet()
    if (plan.warm)
      for (const { node, subject } of this.#everywhere()) await this.#alone(this.#calls.readThrough(node, subject))
    if (this.#workload instanceof ScriptedWorkload) for (const call of this.#workload.warmUp) await this.#alone(call)
    this.#kernel.trouble = true
    const over = this.#kernel.step + TROUBLED_STEPS
    await this.#until(() => (this.#workload.done && this.#operations.size === 0) || this.#kernel.step >= over, true)
    this.#faults.heal()
    await this.#quiet()
    await this.#checkLeases()
    await this.#kernel.happen(() => this.#faults.endLeases())
    await this.#quiet(2 * HEARTBEAT_MS)
    this.#checkDebts()
    await this.#kernel.happen(() => this.#cluster.history.carriedOut())
    for (const subject of plan.subjects)
      await this.#alone(this.#ending.finalCalls(subject)(this.#kernel.dice.pick(this.#cluster.nodes)))
    // With everything well, one heartbeat tells every node; see F2.
    await this.#quiet(HEARTBEAT_MS / 3 + 1)
    for (const { node, subject } of this.#everywhere()) await this.#converged(node, subject)
    for (const node of this.#cluster.nodes) await this.#closes(node)
  }

  /** Steps until it is so; with the workload, if it is wanted. */
  async #until(reached: () => boolean, working = false): Promise<void> {
    for (let left = MOST_STEPS; !reached() && this.#kernel.violation === undefined; left--) {
      if (left === 0) return this.#kernel.fail(`F10: after ${MOST_STEPS} events it is still not over`)
      await this.#kernel.happen(() => this.#choose(working).run())
      this.#operations.checkPatience()
    }
  }

  /** One of the things that may happen now. */
  #choose(working: boolean): Choice {
    const choices = this.#cluster.choices()
    const urgent = choices.length > 0
    if (working) {
      this.#workload.choices(choices)
      this.#faults.choices(choices)
    }
    const { pace } = this.#kernel.plan
    if (!urgent || this.#kernel.trouble)
      choices.push({ weight: urgent ? 0.3 * pace.tick : pace.tick, run: () => this.#tick() })
    return this.#kernel.dice.heaviest(choices, ({ weight }) => weight)
  }

  /** Time passes. */
  #tick(): void {
    const { dice, trouble } = this.#kernel
    const next = this.#cluster.untilNext()
    const leaps = [dice.between(1, 10), dice.between(10, 300), dice.between(300, 2_500), next]
    const leap = trouble ? dice.heaviest(leaps, (ms) => (ms > 300 ? 0.2 : 1)) : next
    this.#kernel.now += Math.ceil(Math.max(0, Math.min(leap, 5_000)))
    this.#kernel.note(() => 'time passes')
  }

  /** Waits until nobody does anything but wait for the time, and then for so long. */
  async #quiet(ms = 0): Promise<void> {
    const { kernel } = this.#cluster
    const at = kernel.now + ms
    await this.#until(() => kernel.now >= at && this.#idle)
  }

  get #idle(): boolean {
    const { nodes, wire, links, source } = this.#cluster
    return (
      this.#operations.size === 0 &&
      wire.size === 0 &&
      source.size === 0 &&
      !links.pending &&
      nodes.every(({ process }) => process.running)
    )
  }

  /** Makes one call, and waits for its end. */
  async #alone(call: Call<unknown>): Promise<void> {
    await this.#kernel.happen(() => this.#operations.begin(this.#cluster, call))
    await this.#until(() => this.#operations.size === 0)
  }

  /** F6: who loaded or wrote, or gave up, has ended its lease, unless it was kept from it. */
  async #checkLeases(): Promise<void> {
    const { values, wire } = this.#cluster
    for (const { storeKey, name } of this.#kernel.plan.subjects.filter((subject) => !wire.disturbed.has(subject))) {
      if (await values.leased(storeKey)) this.#kernel.fail(`F6: all is quiet, and the lease of ${name} is still held`)
    }
  }

  /** F5: what a failover lost and a node remembers, that node has told again by now. */
  #checkDebts(): void {
    for (const { label, owedBy, lost } of this.#cluster.history.invalidations) {
      if (lost && owedBy !== undefined)
        this.#kernel.fail(`F5: ${owedBy.label} applied ${label}, a failover lost it, and it was not repeated`)
    }
  }

  /** With everything well and quiet, a node reads what the source has, and soon no longer loads it. */
  async #converged(node: SimulatedNode, subject: Subject): Promise<void> {
    const { source } = this.#cluster
    for (let left = 3; left > 0 && this.#kernel.violation === undefined; left--) {
      const before = source.runs.get(subject) ?? 0
      await this.#alone(this.#calls.readCurrent(node, subject))
      const loads = (source.runs.get(subject) ?? 0) - before
      // A refresh behind a stale value, begun by the second read, may load while the third one runs.
      if (left === 1 && loads > 0 && !hasGrace(subject.cache)) {
        this.#kernel.fail(
          `liveness: the third read of ${subject.name} on ${node.process.label}, which is quiet, still runs the loader`,
        )
      }
    }
  }

  async #closes(node: SimulatedNode): Promise<void> {
    let closed = false
    await this.#kernel.happen(() => {
      void node.manager.close().then(() => (closed = true))
    })
    const by = this.#kernel.now + CLOSED_WITHIN_MS
    await this.#until(() => closed || this.#kernel.now > by)
    if (!closed) this.#kernel.fail(`F10: ${node.process.label} does not close`)
  }

  #everywhere(): readonly { readonly node: SimulatedNode; readonly subject: Subject }[] {
    return this.#cluster.nodes.flatMap((node) => this.#kernel.plan.subjects.map((subject) => ({ node, subject })))
  }
}
