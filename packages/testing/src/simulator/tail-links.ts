import type { JournalRecord, Tail, TailListener } from '@larder/core/contracts'
import type { History } from './history.ts'
import type { Choice, Kernel, Owner } from './kernel.ts'
import type { Process } from './process.ts'

/** `half`: the connection is dead, and neither side knows. */
type LinkState = 'up' | 'half' | 'down'

/** The subscription of one process. */
interface Link {
  readonly process: Process
  readonly listener: TailListener
  readonly owner: Owner
  state: LinkState
  /** Pushes on their way. */
  readonly inbox: JournalRecord[]
}

/** What can happen to a subscription. */
export type LinkFault = 'push' | 'link'

/** The subscriptions of all nodes. Pushes may be late, lost, doubled or out of order; a lost connection comes back by itself. */
export class TailLinks {
  readonly #kernel: Kernel
  readonly #history: History
  readonly #links = new Set<Link>()

  constructor(kernel: Kernel, history: History) {
    this.#kernel = kernel
    this.#history = history
  }

  subscribe(process: Process, listener: TailListener): Tail {
    const owner: Owner = { label: `${process.label}.tail`, subjects: [], reads: false, ordered: new Map() }
    this.#kernel.account(owner)
    const link: Link = { process, listener, owner, state: 'up', inbox: [] }
    this.#links.add(link)
    return {
      close: async () => {
        this.#links.delete(link)
      },
    }
  }

  /** A record entered the journal: it is on its way to all that are connected. */
  publish(record: JournalRecord): void {
    for (const link of this.#links) {
      if (this.#kernel.plan.delivery === 'inline') this.#hand(link, record)
      else if (link.state === 'up') link.inbox.push(record)
    }
  }

  choices(choices: Choice[]): void {
    const { pace } = this.#kernel.plan
    for (const link of this.#links) {
      if (!link.process.running) continue
      if (link.inbox.length > 0) choices.push({ weight: pace.push, run: () => this.#deliver(link) })
      if (link.state !== 'up') {
        const weight = this.#kernel.trouble ? pace.link : 1
        choices.push({ weight, run: () => this.#reconnect(link) })
      }
    }
  }

  get pending(): boolean {
    return [...this.#links].some(({ state, inbox }) => state !== 'up' || inbox.length > 0)
  }

  /** Breaks something; `false` if there is nothing to break. */
  fault(fault: LinkFault): boolean {
    const { dice } = this.#kernel
    const links = [...this.#links].filter(
      ({ state, inbox }) => state === 'up' && (fault === 'link' || inbox.length > 0),
    )
    if (links.length === 0) return false
    const link = dice.pick(links)
    if (fault === 'link') this.#break(link, dice.chance(0.5) ? 'half' : 'down')
    else this.#garble(link)
    return true
  }

  /** All subscriptions are lost, as when their server is. */
  breakAll(): void {
    for (const link of this.#links) this.#break(link, 'down')
  }

  /** Ends the subscription of a process that is no more. */
  orphan(process: Process): void {
    for (const link of this.#links) if (link.process === process) this.#links.delete(link)
  }

  #deliver(link: Link): void {
    this.#kernel.account(link.owner)
    const { dice, plan } = this.#kernel
    const [record] = link.inbox.splice(plan.disorder ? dice.between(0, link.inbox.length - 1) : 0, 1) as [JournalRecord]
    this.#hand(link, record)
  }

  #hand(link: Link, record: JournalRecord): void {
    const { process, listener } = link
    const before = process.heard
    listener.record(record)
    const applied = process.heard > before
    this.#kernel.note(
      () =>
        `${process.label} hears record ${record.id} (${record.kind} ${record.items.join()})${applied ? '' : ', not applied'}`,
    )
    this.#history.pushed(process, record, applied)
  }

  #reconnect(link: Link): void {
    this.#kernel.account(link.owner)
    this.#kernel.note(() => `${link.process.label} is connected again`)
    link.state = 'up'
    link.listener.resync()
  }

  #break(link: Link, state: LinkState): void {
    this.#kernel.note(() => `FAULT ${link.process.label}: subscription ${state}`)
    link.state = state
    link.inbox.length = 0
  }

  #garble(link: Link): void {
    const { dice } = this.#kernel
    const { inbox, process } = link
    const at = dice.between(0, inbox.length - 1)
    const record = inbox[at] as JournalRecord
    const how = dice.pick(['lost', 'lost', 'doubled', 'late'] as const)
    this.#kernel.note(() => `FAULT ${process.label}: push of record ${record.id} ${how}`)
    if (how === 'doubled') inbox.push(record)
    else {
      inbox.splice(at, 1)
      if (how === 'late') inbox.push(record)
    }
  }
}
