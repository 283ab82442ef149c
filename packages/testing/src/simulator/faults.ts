import type { Cluster } from './cluster.ts'
import type { Choice } from './kernel.ts'
import type { FaultName } from './plan.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** How often the weight of a fault counts: those that end much are rarer. */
const FREQUENCY: Readonly<Record<FaultName, number>> = {
  request: 0.3,
  reply: 0.3,
  zombie: 0.5,
  push: 1,
  link: 0.1,
  cut: 0.1,
  pause: 0.15,
  suspend: 0.15,
  wall: 0.1,
  crash: 0.05,
  mark: 0.25,
  value: 0.25,
  lease: 0.3,
  journal: 0.3,
  flush: 0.15,
  failover: 0.1,
  loader: 0.3,
}

/** Most strikes of faults after which not much is left to watch. */
const MOST: Readonly<Partial<Record<FaultName, number>>> = {
  crash: 2,
  journal: 3,
  flush: 2,
  failover: 2,
  pause: 4,
  suspend: 4,
  cut: 4,
}

/** Everything that goes wrong. */
export class Faults {
  readonly #cluster: Cluster
  readonly #struck = new Map<FaultName, number>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  choices(choices: Choice[]): void {
    const { plan, trouble } = this.#cluster.kernel
    if (!trouble) return
    for (const [name, weight] of Object.entries(plan.faults) as [FaultName, number][]) {
      if (weight > 0 && (this.#struck.get(name) ?? 0) < (MOST[name] ?? Infinity))
        choices.push({ weight: plan.trouble * weight * FREQUENCY[name], run: () => this.#strike(name) })
    }
  }

  /** Ends what lasts: cuts and dead connections. */
  heal(): void {
    const { kernel, nodes } = this.#cluster
    kernel.trouble = false
    kernel.note(() => '--- all is well again ---')
    for (const { process } of nodes) {
      process.cutUntil.value = 0
      process.cutUntil.control = 0
      process.refuses = false
    }
  }

  /** Leases of those who gave up end with time, which need not pass for it. */
  async endLeases(): Promise<void> {
    const { kernel, values } = this.#cluster
    for (const { storeKey } of kernel.plan.subjects) await values.endLease(storeKey)
  }

  async #strike(name: FaultName): Promise<void> {
    this.#struck.set(name, (this.#struck.get(name) ?? 0) + 1)
    const { wire, links, source } = this.#cluster
    switch (name) {
      case 'request':
      case 'reply':
      case 'zombie':
        wire.fault(name)
        return
      case 'push':
      case 'link':
        links.fault(name)
        return
      case 'loader':
        source.fault()
        return
      case 'mark':
      case 'value':
      case 'lease':
      case 'journal':
      case 'flush':
      case 'failover':
        return this.#strikeServer(name)
      case 'cut':
      case 'pause':
      case 'suspend':
      case 'wall':
      case 'crash':
        return this.#strikeNode(name, this.#cluster.kernel.dice.pick(this.#cluster.nodes))
      default:
        name satisfies never
    }
  }

  async #strikeServer(name: 'mark' | 'value' | 'lease' | 'journal' | 'flush' | 'failover'): Promise<void> {
    const { kernel, values, control, history, bookkeeper, links } = this.#cluster
    const { dice } = kernel
    switch (name) {
      case 'mark': {
        if (control.markNames.length === 0) return
        const mark = dice.pick(control.markNames)
        kernel.note(() => `FAULT the mark ${mark} is evicted`)
        return control.evictMark(mark)
      }
      case 'value':
      case 'lease': {
        const subject = dice.pick(kernel.plan.subjects)
        kernel.note(() => `FAULT the ${name} of ${subject.name} is evicted`)
        return name === 'value' ? values.evictValue(subject.storeKey) : values.endLease(subject.storeKey)
      }
      case 'journal':
        kernel.note(() => 'FAULT the journal is evicted')
        history.begunAnew()
        if (dice.chance(0.5)) links.breakAll()
        return control.evictJournal()
      case 'flush':
        kernel.note(() => 'FAULT everything is flushed')
        history.begunAnew()
        bookkeeper.flushed()
        values.flush()
        // A server that was restarted without its data has lost its subscribers, too.
        if (dice.chance(0.5)) links.breakAll()
        return control.flush()
      case 'failover': {
        const lost = dice.between(1, 3)
        kernel.note(() => `FAULT the control server fails over to a replica without the last ${lost} records`)
        history.failedOver(await control.failOver(lost))
        links.breakAll()
        return
      }
      default:
        name satisfies never
    }
  }

  #strikeNode(name: 'cut' | 'pause' | 'suspend' | 'wall' | 'crash', node: SimulatedNode): void {
    const { kernel } = this.#cluster
    const { dice } = kernel
    const { process } = node
    if (!process.running) return
    const ms = dice.pick([50, 500, 1_500, 2_500, 4_000])
    switch (name) {
      case 'cut': {
        const slots = dice.pick([['control'], ['control'], ['value'], ['control', 'value']] as const)
        process.refuses = dice.chance(0.5)
        kernel.note(
          () =>
            `FAULT ${process.label} is cut off from ${slots.join(' and ')} for ${ms} ms${process.refuses ? ', refused' : ''}`,
        )
        for (const slot of slots) process.cutUntil[slot] = kernel.now + ms
        return
      }
      case 'pause':
      case 'suspend':
        kernel.note(() => `FAULT ${process.label} ${name === 'pause' ? 'is paused' : 'sleeps'} for ${ms} ms`)
        return process.pause(ms, name === 'suspend')
      case 'wall': {
        const jump = dice.between(-20_000, 20_000)
        kernel.note(() => `FAULT the wall clock of ${process.label} jumps by ${jump} ms`)
        return process.clock.jumpWall(jump)
      }
      case 'crash':
        return this.#cluster.crash(node)
      default:
        name satisfies never
    }
  }
}
