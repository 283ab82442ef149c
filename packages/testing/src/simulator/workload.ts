import type { Calls } from './calls.ts'
import type { Cluster } from './cluster.ts'
import type { Choice } from './kernel.ts'
import type { Call, Operations } from './operations.ts'
import { ADDED_TAG } from './bookkeeper.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { Subject } from './subject.ts'
import { tagsOf } from './subject.ts'

type ReadKind = 'plain' | 'fresh' | 'many' | 'get' | 'getEntry'
type WriteKind = 'delete' | 'expire' | 'set' | 'setMany' | 'tags' | 'clear' | 'increment' | 'addTags' | 'touch'

const READS: Readonly<Record<ReadKind, number>> = { plain: 6, fresh: 1.5, many: 1, get: 1.5, getEntry: 0.5 }

const WRITES: Readonly<Record<WriteKind, number>> = {
  delete: 4,
  expire: 1,
  set: 4,
  setMany: 0.5,
  tags: 0,
  clear: 0.7,
  increment: 0,
  addTags: 0.8,
  touch: 0.5,
}

/** What users do: some read, others commit to the source and then invalidate. */
export class Workload {
  readonly #cluster: Cluster
  readonly #calls: Calls
  readonly #operations: Operations
  #left: number
  /** Committed, but not called yet. */
  readonly #due: ((node: SimulatedNode) => Call<unknown>)[] = []
  #tagged = false

  constructor(cluster: Cluster, calls: Calls, operations: Operations) {
    this.#cluster = cluster
    this.#calls = calls
    this.#operations = operations
    this.#left = cluster.kernel.plan.operations
  }

  /** Whether everything was begun. */
  get done(): boolean {
    return this.#left === 0 && this.#due.length === 0
  }

  choices(choices: Choice[]): void {
    const { plan } = this.#cluster.kernel
    if (this.#operations.size >= plan.crowd) return
    const ready = this.#cluster.nodes.filter(({ process }) => process.running)
    if (ready.length === 0) return
    const { dice } = this.#cluster.kernel
    if (this.#left > 0) choices.push({ weight: plan.pace.start, run: () => this.#begin(dice.pick(ready)) })
    if (this.#due.length > 0) choices.push({ weight: plan.pace.start, run: () => this.#call(dice.pick(ready)) })
  }

  /** Forbids everything that is old, in one of the ways there are. */
  finalCalls(subject: Subject): (node: SimulatedNode) => Call<unknown> {
    this.#cluster.source.commit(subject)
    const tags = tagsOf(subject.cache, 1)
    switch (this.#cluster.kernel.dice.pick(['delete', 'delete', 'expire', 'clear', 'tags'] as const)) {
      case 'delete':
        return (node) => this.#calls.delete(node, [subject])
      case 'expire':
        return (node) => this.#calls.expire(node, subject)
      case 'clear':
        return (node) => this.#calls.clear(node, subject)
      case 'tags':
        return (node) =>
          tags.length === 0 ? this.#calls.delete(node, [subject]) : this.#calls.invalidateTags(node, tags[0] as string)
    }
  }

  #begin(node: SimulatedNode): void {
    const { dice, plan } = this.#cluster.kernel
    this.#left--
    const subject = dice.pick(plan.subjects)
    if (dice.chance(plan.writes)) this.#due.push(this.#write(subject))
    else this.#operations.begin(this.#cluster, this.#read(node, subject))
  }

  #call(node: SimulatedNode): void {
    const make = this.#due.shift()
    if (make !== undefined) this.#operations.begin(this.#cluster, make(node))
  }

  #read(node: SimulatedNode, subject: Subject): Call<unknown> {
    switch (this.#cluster.kernel.dice.weighted(READS)) {
      case 'plain':
        return this.#calls.readThrough(node, subject)
      case 'fresh':
        return this.#calls.readThrough(node, subject, true)
      case 'many':
        return this.#calls.readThroughMany(node, this.#siblings(subject))
      case 'get':
        return this.#calls.get(node, subject)
      case 'getEntry':
        return this.#calls.getEntry(node, subject)
    }
  }

  /** Commits now; the call comes when the scheduler lets it. */
  #write(subject: Subject): (node: SimulatedNode) => Call<unknown> {
    const { source, kernel } = this.#cluster
    const tags = this.#tagged ? [...tagsOf(subject.cache, 3), ADDED_TAG] : tagsOf(subject.cache, 3)
    const weights = {
      ...WRITES,
      tags: tags.length > 0 ? 5 : 0,
      increment: subject.cache === 'counter' ? 5 : 0,
      // One version for several keys of different histories would mean nothing.
      setMany: subject.cache === 'versioned' ? 0 : WRITES.setMany,
    }
    const kind = kernel.dice.weighted(weights)
    const siblings = this.#siblings(subject)
    if (kind === 'tags' || kind === 'clear' || kind === 'setMany') siblings.forEach((sibling) => source.commit(sibling))
    else if (kind !== 'addTags' && kind !== 'touch') source.commit(subject)
    const tag = tags.length > 0 ? kernel.dice.pick(tags) : ''
    return (node) => this.#writeCall(kind, { node, subject, siblings, tag })
  }

  #writeCall(
    kind: WriteKind,
    on: {
      readonly node: SimulatedNode
      readonly subject: Subject
      readonly siblings: readonly Subject[]
      readonly tag: string
    },
  ): Call<unknown> {
    const { node, subject, siblings, tag } = on
    switch (kind) {
      case 'delete':
        return this.#calls.delete(node, [subject])
      case 'expire':
        return this.#calls.expire(node, subject)
      case 'set':
        return this.#calls.set(node, [subject])
      case 'setMany':
        return this.#calls.set(node, siblings)
      case 'tags':
        return this.#calls.invalidateTags(node, tag)
      case 'clear':
        return this.#calls.clear(node, subject)
      case 'increment':
        return this.#calls.increment(node, subject)
      case 'addTags':
        this.#tagged = true
        return this.#calls.addTags(node, subject)
      case 'touch':
        return this.#calls.touch(node, subject)
    }
  }

  /** All keys of the subject's cache. */
  #siblings({ cache }: Subject): readonly Subject[] {
    return this.#cluster.kernel.plan.subjects.filter((other) => other.cache === cache)
  }
}
