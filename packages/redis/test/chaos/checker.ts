import { concerns } from './history.ts'
import type { History, Invalidation, Read, Sighting } from './history.ts'
import { LIMITS } from './limits.ts'
import type { ReadKind } from './messages.ts'
import { monotonic } from './monotonic.ts'
import type { Source } from './source.ts'
import { SUBJECTS } from './subjects.ts'
import type { Subject } from './subjects.ts'

/** A broken promise. */
export interface Violation {
  readonly promise: string
  readonly text: string
  readonly at: number
  readonly subject?: Subject
}

const BOUND: Readonly<Record<ReadKind, number>> = {
  peek: 0,
  get: LIMITS.lookBoundMs,
  getMany: LIMITS.lookBoundMs,
  getEntry: LIMITS.lookBoundMs,
  readThrough: LIMITS.loadBoundMs,
  readThroughMany: LIMITS.loadBoundMs,
}

/** Other nodes' invalidations bind a node after this time. */
const BINDING_MS = LIMITS.heartbeatMs + LIMITS.slackMs

/**
 * Judges a history. A value counts as of the source version that its load read. One that was `set` is ordered where its writer took lease and marks,
 * at the latest when the call ended: it counts as of that instant. A value older than what a completed invalidation wanted may not be
 * read: F1, by a call that starts later on the same node; F2 and F4, by one that starts H later on any, or that asks for `fresh`; F3, it may
 * not be on the server. Invalidations that a failover lost bind again once a node has repeated them.
 */
export class Checker {
  readonly #history: History
  readonly #source: Source
  /** Pairs of a value and an invalidation that were compared, by promise. */
  readonly judged = { F1: 0, F2: 0, fresh: 0, F3: 0, reads: 0, sightings: 0 }

  constructor(history: History, source: Source) {
    this.#history = history
    this.#source = source
  }

  /** Judges what ended before the instant and was not judged yet; the first violation. */
  judge(before: number): Violation | undefined {
    const [trouble] = this.#history.troubles
    if (trouble !== undefined) return { ...trouble, at: Math.min(before, monotonic()) }
    const { reads, sightings } = this.#history.take(before)
    for (const read of reads) {
      const violation = this.#judgeRead(read)
      if (violation !== undefined) return violation
    }
    for (const sighting of sightings) {
      const violation = this.#judgeSighting(sighting)
      if (violation !== undefined) return violation
    }
    return undefined
  }

  /** Judges how long the calls of invalidations took, those that ended before `now` and those that have not ended. */
  judgeCalls(now: number): Violation | undefined {
    for (const call of this.#history.invalidations.values()) {
      if (call.by === 'foreign' || call.from > now || (call.state !== 'running' && call.to > now)) continue
      const to = call.state === 'running' ? now : call.to
      const took = to - call.from - this.#history.lagOf(call.by, call.from, to)
      if (took <= LIMITS.writeBoundMs) continue
      return {
        promise: 'F10',
        text: `${call.by}: ${call.method} #${call.op} took ${took.toFixed()} ms (${call.state})`,
        at: to,
      }
    }
    return undefined
  }

  #judgeRead(read: Read): Violation | undefined {
    this.judged.reads++
    const subject = SUBJECTS[read.subject] as Subject
    const fail = (promise: string, text: string): Violation => ({ promise, text, at: read.to, subject })
    const label = `${read.by}: ${read.how}${read.fresh ? ' (fresh)' : ''} of ${subject.cache}:${subject.key}`
    const took = read.to - read.from
    if (took > BOUND[read.how]) {
      const net = took - this.#history.lagOf(read.by, read.from, read.to)
      if (net > BOUND[read.how] + LIMITS.slackMs)
        return fail('F10', `${label} took ${net.toFixed()} ms beside the process' own pauses`)
    }
    if (read.error !== undefined) return fail('F10', `${label} rejected with ${read.error}`)
    if (read.cargo === undefined || read.stale) return undefined
    const { k, v, n } = read.cargo
    if (k !== subject.index) return fail('value', `${label} answered a value of subject ${k}`)
    if (v > this.#source.versionAt(k, read.to))
      return fail('value', `${label} answered version ${v}, which did not exist`)
    const effective = this.#effective(k, v, n)
    for (const call of this.#newest(subject, v, effective)) {
      if (excused(call, read.asOf, read.to)) continue
      const promise = bound(call, read)
      if (promise === undefined) continue
      this.judged[promise]++
      if (effective < (call.wanted[k] as number)) return fail(promise, `${label} ${told(read, call, effective)}`)
    }
    return undefined
  }

  #judgeSighting(seen: Sighting): Violation | undefined {
    this.judged.sightings++
    const subject = SUBJECTS[seen.subject] as Subject
    const effective = this.#effective(seen.subject, seen.v, seen.n)
    for (const call of this.#newest(subject, seen.v, effective)) {
      if (call.state !== 'complete' || call.to >= seen.at || excused(call, seen.at, seen.at)) continue
      this.judged.F3++
      if (effective >= (call.wanted[seen.subject] as number)) continue
      const text = `the server held ${subject.cache}:${subject.key} of version ${seen.v} (#${seen.n}, counts as ${effective}) at ${seen.at.toFixed(1)}, after ${describeCall(call, seen.subject)}`
      return { promise: 'F3', text, at: seen.at, subject }
    }
    return undefined
  }

  /** The calls that may forbid the value, newest first, and the newest of those that allow it. */
  *#newest(subject: Subject, version: number, effective: number): Iterable<Invalidation> {
    const calls = this.#history.concerning[subject.index] as Invalidation[]
    for (let i = calls.length - 1; i >= 0; i--) {
      const call = calls[i] as Invalidation
      if (concerns(call, subject, version)) yield call
      if ((call.wanted[subject.index] as number) < effective) return
    }
  }

  #effective(subject: number, version: number, number: number): number {
    if (number > 0) return version
    const call = this.#history.invalidations.get(-number)
    if (call === undefined || call.state === 'running') return Infinity
    return Math.max(version, this.#source.versionAt(subject, call.to))
  }
}

/** By which promise the call binds the read; `undefined` if by none. */
function bound(call: Invalidation, read: Read): 'F1' | 'F2' | 'fresh' | undefined {
  if (call.state !== 'complete') return undefined
  if (call.by === read.by && read.from > call.to) return 'F1'
  if (read.fresh && read.from > call.to) return 'fresh'
  return read.asOf > call.to + BINDING_MS ? 'F2' : undefined
}

function excused({ lost }: Invalidation, from: number, to: number): boolean {
  return lost !== undefined && to >= lost.from && from <= lost.until + BINDING_MS
}

function told(read: Read, call: Invalidation, effective: number): string {
  const { v, n } = read.cargo as { v: number; n: number }
  return `from ${read.from.toFixed(1)} to ${read.to.toFixed(1)}, as of ${read.asOf.toFixed(1)}, answered version ${v} (#${n}, counts as ${effective}), after ${describeCall(call, read.subject)}`
}

/** An invalidation in a report. */
export function describeCall(call: Invalidation, subject: number): string {
  const what = call.scope.kind === 'tag' ? ` ${call.scope.tag}` : ''
  const lost =
    call.lost === undefined ? '' : `, lost from ${call.lost.from.toFixed(1)} to ${call.lost.until.toFixed(1)}`
  return `${call.by}: ${call.method}${what} #${call.op} wanting ${call.wanted[subject]}, ${call.from.toFixed(1)} to ${call.to.toFixed(1)}, ${call.state}${lost}`
}
