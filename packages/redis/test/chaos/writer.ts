import type { ChaosNode } from './chaos-node.ts'
import type { Dice } from './dice.ts'
import type { Invalidation, Scope } from './history.ts'
import type { Method } from './messages.ts'
import { monotonic } from './monotonic.ts'
import { foreignInvalidation } from './foreign-invalidation.ts'
import { SUBJECTS, tagsOf } from './subjects.ts'
import type { CacheName, Subject } from './subjects.ts'
import type { World } from './world.ts'

/** Most invalidations under way before no further ones are begun. */
const CROWD = 12
/** Mean time between two writes, in milliseconds. */
const PACE_MS = 45
/** Pause before what failed is tried again, in milliseconds. */
const RETRY_MS = 400

/** Writes to the source, then invalidates; repeats what failed, as users must. */
export class Writer {
  readonly #world: World
  readonly #dice: Dice
  /** Subjects whose last commits no completed invalidation covers, with the last operation that failed to. */
  readonly #uncovered = new Map<number, number>()
  /** By operation: the subjects whose commits it announces. */
  readonly #commits = new Map<number, readonly number[]>()
  #operations = 0
  #running = 0
  #timer: NodeJS.Timeout | undefined
  #repairs: NodeJS.Timeout | undefined

  constructor(world: World, dice: Dice) {
    this.#world = world
    this.#dice = dice
    world.onSettled = (op) => this.#settled(op)
  }

  /** Invalidations that were called. */
  get count(): number {
    return this.#operations
  }

  start(): void {
    this.#next()
    this.#repairs = setInterval(() => this.#repair(), RETRY_MS)
  }

  /** Begins no new writes. Repairs go on until `idle`. */
  pause(): void {
    clearTimeout(this.#timer)
  }

  stop(): void {
    this.pause()
    clearInterval(this.#repairs)
  }

  /** Whether every commit has been announced. */
  get idle(): boolean {
    return this.#running === 0 && this.#uncovered.size === 0
  }

  /** A failover may have lost these invalidations: they are to be repeated. */
  mistrust(calls: readonly Invalidation[]): void {
    for (const { op } of calls) for (const subject of this.#commits.get(op) ?? []) this.#uncovered.set(subject, op)
  }

  #next(): void {
    this.#timer = setTimeout(
      () => {
        this.#next()
        if (this.#running < CROWD) this.#write()
      },
      this.#dice.between(0, 2 * PACE_MS),
    )
  }

  #write(): void {
    const dice = this.#dice
    const subject = dice.pick(SUBJECTS)
    const method = dice.weighted({
      delete: 24,
      deleteMany: 6,
      set: 14,
      setMany: 5,
      expire: 12,
      invalidateTags: 18,
      clear: 4,
      foreign: 12,
    })
    if (method === 'foreign') return this.#foreign(subject)
    if (method === 'invalidateTags') {
      const tags = tagsOf(subject, this.#world.source.version(subject.index))
      if (tags.length > 0) this.#call(method, [subject], { kind: 'tag', tag: dice.pick(tags), cache: subject.cache })
      return
    }
    if (method === 'clear')
      return this.#call(method, dice.some(ofCache(subject.cache), 3), { kind: 'cache', cache: subject.cache })
    const several = method === 'deleteMany' || (method === 'setMany' && subject.cache !== 'versioned')
    const alike = ofCache(subject.cache).filter(({ place }) => place % 2 === subject.place % 2)
    const subjects = several ? dice.some(alike, 2) : [subject]
    this.#call(method === 'setMany' && !several ? 'set' : method, subjects, keysOf(subjects))
  }

  /** Commits to the source, then has a node invalidate. */
  #call(method: Method, subjects: readonly Subject[], scope: Scope): void {
    const node = this.#someNode()
    if (node === undefined) return
    const versions = subjects.map(({ index }) => this.#world.source.commit(index))
    const op = this.#begin(method, node.name, { subjects, scope })
    const values =
      method === 'set' || method === 'setMany'
        ? subjects.map(({ index }, i) => ({ k: index, v: versions[i] as number, n: -op }))
        : []
    const cache = (subjects[0] as Subject).cache
    const tag = scope.kind === 'tag' ? { tag: scope.tag } : {}
    node.tell({ kind: 'invalidate', op, method, cache, subjects: subjects.map(({ index }) => index), values, ...tag })
  }

  /** Another program does it, by what docs/protocol.md says, and tells nobody: nodes hear of it with their next sync. */
  #foreign(subject: Subject): void {
    const { source, stage } = this.#world
    const tags = tagsOf(subject, source.version(subject.index))
    const [tag] = this.#dice.chance(0.5) ? tags : []
    const scope: Scope = tag === undefined ? keysOf([subject]) : { kind: 'tag', tag, cache: subject.cache }
    source.commit(subject.index)
    const op = this.#begin('foreign', 'foreign', { subjects: [subject], scope })
    const call = this.#world.history.invalidations.get(op) as Invalidation
    const ended = (state: Invalidation['state']): void => {
      call.to = monotonic()
      call.state = state
      this.#settled(op)
    }
    foreignInvalidation(stage, subject, tag).then(
      () => ended('complete'),
      () => ended('unknown'),
    )
  }

  #begin(
    method: Invalidation['method'],
    by: string,
    what: { readonly subjects: readonly Subject[]; readonly scope: Scope },
  ): number {
    const op = ++this.#operations
    this.#running++
    this.#commits.set(
      op,
      what.subjects.map(({ index }) => index),
    )
    this.#world.history.begin({
      op,
      method,
      by,
      scope: what.scope,
      wanted: this.#world.source.versions,
      from: monotonic(),
      to: Infinity,
      state: 'running',
    })
    return op
  }

  #settled(op: number): void {
    this.#running--
    const call = this.#world.history.invalidations.get(op) as Invalidation
    const subjects = this.#commits.get(op) ?? []
    if (call.state !== 'complete') for (const subject of subjects) this.#uncovered.set(subject, op)
    // What was called after the failure, and names the key itself, makes up for it.
    else if (call.scope.kind === 'keys')
      for (const subject of call.scope.subjects)
        if ((this.#uncovered.get(subject) ?? Infinity) < op && call.lost === undefined) this.#uncovered.delete(subject)
  }

  #repair(): void {
    for (const [index, failed] of this.#uncovered) {
      const running = [...(this.#world.history.concerning[index] as Invalidation[])].some(
        ({ state, op, scope }) => state === 'running' && op > failed && scope.kind === 'keys',
      )
      if (running || this.#running >= CROWD) continue
      const node = this.#someNode()
      if (node === undefined) return
      const subject = SUBJECTS[index] as Subject
      const op = this.#begin('delete', node.name, { subjects: [subject], scope: keysOf([subject]) })
      node.tell({ kind: 'invalidate', op, method: 'delete', cache: subject.cache, subjects: [index] })
    }
  }

  #someNode(): ChaosNode | undefined {
    const alive = this.#world.nodes.filter((node) => node.alive)
    return alive.length === 0 ? undefined : this.#dice.pick(alive)
  }
}

function ofCache(cache: CacheName): readonly Subject[] {
  return SUBJECTS.filter((subject) => subject.cache === cache)
}

function keysOf(subjects: readonly Subject[]): Scope {
  return { kind: 'keys', subjects: subjects.map(({ index }) => index) }
}
