import type { Cache } from '@larder/core'
import type { Cluster } from './cluster.ts'
import type { Read } from './checker.ts'
import { ADDED_TAG } from './bookkeeper.ts'
import type { Call } from './operations.ts'
import { HARD_TIMEOUT_MS } from './simulated-node.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { Cargo } from './source.ts'
import { valueNumber } from './stored-entry.ts'
import { hasGrace } from './subject.ts'
import type { Subject } from './subject.ts'

/** Builds calls of the public methods, each with what its answer has to satisfy. */
export class Calls {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  readThrough(node: SimulatedNode, subject: Subject, fresh = false): Call<Cargo | undefined> {
    const cache = node.cache(subject.cache)
    return {
      kind: 'readThrough',
      node,
      subjects: [subject],
      fresh,
      invoke: () => (fresh ? cache.readThrough(subject.key, undefined, { fresh }) : cache.readThrough(subject.key)),
      answered: (value, [read]) => this.#got(read as Read, value),
    }
  }

  /** A read that must bring what the source has. */
  readCurrent(node: SimulatedNode, subject: Subject): Call<Cargo | undefined> {
    const { checker } = this.#cluster
    return {
      ...this.readThrough(node, subject),
      answered: (value, [read]) => {
        this.#got(read as Read, value)
        if (value !== undefined) checker.checkCurrent(read as Read, valueNumber(value))
      },
    }
  }

  readThroughMany(node: SimulatedNode, subjects: readonly Subject[]): Call<Map<string, Cargo>> {
    return {
      kind: 'readThroughMany',
      node,
      subjects,
      invoke: () => this.#cache(node, subjects).readThroughMany(subjects.map(({ key }) => key)),
      answered: (values, reads) => reads.forEach((read) => this.#got(read, values.get(read.subject.key))),
    }
  }

  get(node: SimulatedNode, subject: Subject): Call<Cargo | undefined> {
    return {
      kind: 'get',
      node,
      subjects: [subject],
      invoke: () => node.cache(subject.cache).get(subject.key),
      answered: (value, [read]) => value !== undefined && this.#got(read as Read, value),
    }
  }

  /** A read that would rather have an invalidated value than none, but must be told. */
  getEntry(node: SimulatedNode, subject: Subject): Call<Awaited<ReturnType<Cache<Cargo>['getEntry']>>> {
    return {
      kind: 'getEntry',
      node,
      subjects: [subject],
      invoke: () => node.cache(subject.cache).getEntry(subject.key, { staleAfterInvalidation: true }),
      answered: (entry, [read]) => {
        if (entry === undefined) return
        const labelled = entry.state === 'stale' && (entry.reason === 'invalidated' || this.#mayStandIn(read as Read))
        this.#cluster.checker.checkRead(read as Read, valueNumber(entry.value), labelled)
      },
    }
  }

  delete(node: SimulatedNode, subjects: readonly Subject[]): Call<unknown> {
    const keys = subjects.map(({ key }) => key)
    return { ...this.#keys(node, subjects), kind: 'delete', invoke: () => this.#cache(node, subjects).deleteMany(keys) }
  }

  expire(node: SimulatedNode, subject: Subject): Call<unknown> {
    const keys = this.#keys(node, [subject])
    return { ...keys, kind: 'expire', invoke: () => node.cache(subject.cache).expire(subject.key) }
  }

  set(node: SimulatedNode, subjects: readonly Subject[]): Call<unknown> {
    const cache = this.#cache(node, subjects)
    const [first] = subjects as [Subject]
    if (first.cache === 'versioned') return this.#versionedSet(node, first)
    const entries = subjects.map((subject) => [subject.key, this.#newCargo(subject)] as const)
    const [[key, value]] = entries as [readonly [string, Cargo]]
    const invoke = (): Promise<unknown> => (entries.length === 1 ? cache.set(key, value) : cache.setMany(entries))
    return { ...this.#keys(node, subjects), kind: entries.length === 1 ? 'set' : 'setMany', invoke }
  }

  increment(node: SimulatedNode, subject: Subject): Call<unknown> {
    // A power of two for each: which increments a sum is made of can be told, and sums never meet.
    const by = this.#cluster.kernel.dice.between(1, 2 ** 40)
    const cache = node.cache(subject.cache) as Cache<number>
    return { ...this.#keys(node, [subject]), kind: 'increment', by, invoke: () => cache.increment(subject.key, by) }
  }

  addTags(node: SimulatedNode, subject: Subject): Call<unknown> {
    // It forbids nothing by itself: it is watched because later invalidations of the tag do.
    const keys = { ...this.#keys(node, [subject]), wants: 0 }
    return { ...keys, kind: 'addTags', invoke: () => node.cache(subject.cache).addTags(subject.key, ADDED_TAG) }
  }

  touch(node: SimulatedNode, subject: Subject): Call<unknown> {
    return {
      kind: 'touch',
      node,
      subjects: [subject],
      invoke: () => node.cache(subject.cache).touch(subject.key, '1m'),
      answered: () => {},
    }
  }

  invalidateTags(node: SimulatedNode, tag: string): Call<unknown> {
    return {
      kind: 'invalidateTags',
      node,
      subjects: [],
      forbids: { what: { kind: 'tags', tag }, keepsStale: false },
      invoke: () => node.manager.invalidateTags(tag),
      answered: () => {},
    }
  }

  clear(node: SimulatedNode, subject: Subject): Call<unknown> {
    const { cache } = subject
    return {
      kind: 'clear',
      node,
      subjects: [],
      forbids: { what: { kind: 'cache', cache }, keepsStale: false },
      invoke: () => node.cache(cache).clear(),
      answered: () => {},
    }
  }

  #keys(
    node: SimulatedNode,
    subjects: readonly Subject[],
  ): Pick<Call<unknown>, 'node' | 'subjects' | 'forbids' | 'answered'> {
    return { node, subjects, forbids: { what: { kind: 'keys', subjects }, keepsStale: false }, answered: () => {} }
  }

  #cache(node: SimulatedNode, subjects: readonly Subject[]): Cache<Cargo> {
    return node.cache((subjects[0] as Subject).cache)
  }

  /** A write of a writer that may be late: what a newer one has replaced must stay replaced. */
  #versionedSet(node: SimulatedNode, subject: Subject): Call<unknown> {
    const version = Math.max(1, subject.version - this.#cluster.kernel.dice.pick([0, 0, 1, 2]))
    const value = this.#newCargo(subject, version)
    const invoke = (): Promise<unknown> => node.cache(subject.cache).set(subject.key, value, { version })
    return { ...this.#keys(node, [subject]), kind: 'set', wants: version, invoke }
  }

  #newCargo(subject: Subject, version = subject.version): Cargo {
    const { number } = this.#cluster.ledger.make({ subject, version, loaded: false })
    return subject.cache === 'counter' ? number : { n: number, v: version }
  }

  #got(read: Read, value: Cargo | undefined): void {
    const { kernel, checker } = this.#cluster
    if (value === undefined)
      return kernel.fail(
        `${read.label} of ${read.subject.name} on ${read.process.label} got nothing, though it can load`,
      )
    checker.checkRead(read, valueNumber(value), this.#mayStandIn(read))
  }

  /** Under grace, a value that cannot be vouched for may stand in for a loader's error. */
  #mayStandIn({ subject, process, busy, start }: Read): boolean {
    const { source, kernel } = this.#cluster
    const since = busy ?? start
    const timedOut = kernel.now - since.time >= HARD_TIMEOUT_MS
    return hasGrace(subject.cache) && (timedOut || source.failedSince(process, subject, since.step))
  }
}
