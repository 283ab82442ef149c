import { Bookkeeper } from './bookkeeper.ts'
import { Checker } from './checker.ts'
import { ControlServer } from './control-server.ts'
import { History } from './history.ts'
import type { Choice, Kernel } from './kernel.ts'
import { Ledger } from './ledger.ts'
import { Occupancy } from './occupancy.ts'
import type { BusyWith } from './occupancy.ts'
import { SimulatedNode } from './simulated-node.ts'
import { Source } from './source.ts'
import { NAMESPACE } from './subject.ts'
import { TailLinks } from './tail-links.ts'
import { ValueServer } from './value-server.ts'
import { Wire } from './wire.ts'

/** Nodes, what they are connected to, and what watches them. */
export class Cluster {
  readonly kernel: Kernel
  readonly ledger: Ledger
  readonly history: History
  readonly bookkeeper: Bookkeeper
  readonly values: ValueServer
  readonly control: ControlServer
  readonly wire: Wire
  readonly links: TailLinks
  readonly source: Source
  readonly occupancy: Occupancy
  readonly checker: Checker
  readonly nodes: SimulatedNode[]
  #generations = 0

  constructor(kernel: Kernel, readsUnderWay: BusyWith) {
    this.kernel = kernel
    this.ledger = new Ledger(kernel)
    this.history = new History(kernel)
    this.bookkeeper = new Bookkeeper(this)
    this.values = new ValueServer(kernel, (change) => this.bookkeeper.changed(change))
    this.links = new TailLinks(kernel, this.history)
    this.control = new ControlServer(kernel, NAMESPACE, (record) => {
      this.history.appended(kernel.owner, record)
      this.links.publish(record)
    })
    this.wire = new Wire(kernel)
    this.source = new Source(kernel, this.ledger)
    this.occupancy = new Occupancy(
      kernel,
      (process, subject) =>
        readsUnderWay(process, subject) ||
        this.source.busyWith(process, subject) ||
        this.wire.busyWith(process, subject),
    )
    this.checker = new Checker(this)
    this.nodes = Array.from({ length: kernel.plan.nodes }, (_, index) => this.#boot(index, 0))
  }

  /** Ends a node as `kill -9` does, and starts its successor. */
  crash(node: SimulatedNode): void {
    const { process } = node
    this.kernel.note(() => `FAULT ${process.label} crashes and is started again`)
    process.crashed = true
    for (const subject of this.kernel.plan.subjects) this.wire.disturbed.add(subject)
    this.wire.orphan(process)
    this.links.orphan(process)
    this.source.orphan(process)
    this.history.ended(process)
    this.nodes[process.index] = this.#boot(process.index, ++this.#generations)
  }

  /** All that may happen next, apart from new operations and faults. */
  choices(): Choice[] {
    const choices: Choice[] = []
    this.wire.choices(choices)
    this.links.choices(choices)
    this.source.choices(choices)
    for (const node of this.nodes) node.choices(choices)
    return choices
  }

  /** Milliseconds until the next timer of a running node, or until a paused or cut-off one recovers; `Infinity` for never. */
  untilNext(): number {
    let least = Infinity
    for (const { process } of this.nodes) {
      const pausedFor = process.pausedUntil - this.kernel.now
      const wait = pausedFor > 0 ? pausedFor : process.clock.untilNext()
      for (const at of [wait, process.cutUntil.value - this.kernel.now, process.cutUntil.control - this.kernel.now]) {
        if (at > 0 && at < least) least = at
      }
    }
    return least
  }

  #boot(index: number, generation: number): SimulatedNode {
    return new SimulatedNode({ ...this, server: this.control }, index, generation)
  }
}
