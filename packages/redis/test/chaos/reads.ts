import type { Cache } from '@larder/core'
import type { Dice } from './dice.ts'
import { errorCode } from './error-code.ts'
import type { NodeEvent, ReadKind } from './messages.ts'
import { monotonic } from './monotonic.ts'
import type { NodeCaches } from './node-caches.ts'
import { SUBJECTS } from './subjects.ts'
import type { Cargo, Subject } from './subjects.ts'

/** Most reads under way before no further ones are begun. */
const CROWD = 60
/** Mean time between two reads, in milliseconds. */
const PACE_MS = 10

/** Ways to read one subject. */
type SingleRead = Exclude<ReadKind, 'readThroughMany' | 'getMany'>

/** What a read came to. */
interface Answer {
  readonly cargo: Cargo | undefined
  readonly stale?: boolean
}

/** A read under way. */
interface Pending {
  readonly asOf: number
}

/** Reads all subjects, in every way, all the time, and notes each answer. */
export class Reads {
  readonly #caches: NodeCaches
  readonly #dice: Dice
  readonly #note: (event: NodeEvent) => void
  /** Reads under way that others may join, by flight map and subject. */
  readonly #flying = new Map<string, Set<Pending>>()
  #pending = 0
  #timer: NodeJS.Timeout | undefined

  constructor(parts: { readonly caches: NodeCaches; readonly dice: Dice; readonly note: (event: NodeEvent) => void }) {
    this.#caches = parts.caches
    this.#dice = parts.dice
    this.#note = parts.note
  }

  /** Reads that have not settled. */
  get pending(): number {
    return this.#pending
  }

  start(): void {
    this.#timer = setTimeout(
      () => {
        this.start()
        if (this.#pending < CROWD) this.#one()
      },
      this.#dice.between(0, 2 * PACE_MS),
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Reads one of the subjects at once; it may be none that is known. */
  probe(subjects: readonly number[]): void {
    if (subjects.length === 0) return
    const subject = SUBJECTS[this.#dice.pick(subjects)] as Subject
    this.#single(subject, this.#dice.pick(['readThrough', 'get', 'peek']), false)
  }

  #one(): void {
    const dice = this.#dice
    const subject = dice.pick(SUBJECTS)
    const kind = dice.weighted({
      readThrough: 45,
      get: 20,
      getEntry: 10,
      peek: 5,
      readThroughMany: 10,
      getMany: 5,
      touch: 1,
    })
    const fresh = dice.chance(0.15)
    if (kind === 'touch') return this.#touch(subject)
    if (kind !== 'readThroughMany' && kind !== 'getMany') return this.#single(subject, kind, fresh && kind !== 'peek')
    // Tags of a call are those of all its keys.
    const alike = SUBJECTS.filter(({ cache, place }) => cache === subject.cache && place % 2 === subject.place % 2)
    this.#several(dice.some(alike, 3), kind, fresh)
  }

  #single(subject: Subject, how: SingleRead, fresh: boolean): void {
    const cache = this.#caches.of(subject.cache)
    const tags = this.#caches.options(subject)
    const options = fresh ? { ...tags, fresh } : tags
    const label = { how, fresh }
    switch (how) {
      case 'readThrough':
        return this.#follow([subject], label, async () => [
          { cargo: await cache.readThrough(subject.key, undefined, options) },
        ])
      case 'get':
        return this.#follow([subject], label, async () => [{ cargo: await cache.get(subject.key, options) }])
      case 'peek':
        return this.#follow([subject], label, async () => [{ cargo: cache.peek(subject.key) }])
      case 'getEntry':
        return this.#follow([subject], label, async () => [await entry(cache, subject, fresh)])
    }
  }

  #several(subjects: readonly Subject[], how: 'readThroughMany' | 'getMany', fresh: boolean): void {
    const [first] = subjects as [Subject]
    const cache = this.#caches.of(first.cache)
    const options = { ...this.#caches.options(first), fresh }
    const keys = subjects.map(({ key }) => key)
    this.#follow(subjects, { how, fresh }, async () => {
      const found =
        how === 'getMany' ? await cache.getMany(keys, options) : await cache.readThroughMany(keys, undefined, options)
      return keys.map((key) => ({ cargo: found.get(key) }))
    })
  }

  #touch(subject: Subject): void {
    this.#caches
      .of(subject.cache)
      .touch(subject.key, subject.cache === 'soft' ? 300 : '10m')
      .catch(() => {})
  }

  #follow(
    subjects: readonly Subject[],
    label: { readonly how: ReadKind; readonly fresh: boolean },
    read: () => Promise<readonly Answer[]>,
  ): void {
    this.#pending++
    const looks = ['get', 'getMany', 'getEntry'].includes(label.how)
    const entered = subjects.map((subject) => this.#enter(subject, looks, label.fresh))
    const from = monotonic()
    const done = (answers: readonly Answer[], error?: string): void => {
      this.#pending--
      const to = monotonic()
      subjects.forEach(({ index }, i) => {
        entered[i]?.leave()
        const { cargo, stale = false } = answers[i] ?? { cargo: undefined }
        const asOf = Math.min(from, entered[i]?.asOf ?? from)
        const event = { kind: 'read', ...label, subject: index, cargo, stale, from, to, asOf } as const
        this.#note(error === undefined ? event : { ...event, error })
      })
    }
    read().then(
      (answers) => done(answers),
      (error: unknown) => done([], errorCode(error) ?? String(error)),
    )
  }

  /** Notes a read under way, and the start of the earliest flight that it may join. A hit in memory and a fresh read join none. */
  #enter(subject: Subject, looks: boolean, fresh: boolean): Pending & { leave(): void } {
    const id = `${looks ? 'look' : 'load'} ${subject.index}`
    let others = this.#flying.get(id)
    if (others === undefined) this.#flying.set(id, (others = new Set()))
    const alone = fresh || this.#caches.of(subject.cache).peek(subject.key) !== undefined
    const now = monotonic()
    const pending = { asOf: alone ? now : Math.min(now, ...[...others].map(({ asOf }) => asOf)) }
    others.add(pending)
    const flying = others
    return { ...pending, leave: () => flying.delete(pending) }
  }
}

/** Asks for an invalidated value, too: it must then be labelled as stale. */
async function entry(cache: Cache<Cargo>, subject: Subject, fresh: boolean): Promise<Answer> {
  const found = await cache.getEntry(subject.key, { fresh, staleAfterInvalidation: subject.cache === 'soft' })
  if (found === undefined) return { cargo: undefined }
  return { cargo: found.value, stale: found.state === 'stale' && found.reason === 'invalidated' }
}
