import type { ReadEvent, Method } from './messages.ts'
import { SUBJECTS, tagsOf } from './subjects.ts'
import type { CacheName, Subject } from './subjects.ts'

/** What an invalidation names. */
export type Scope =
  | { readonly kind: 'keys'; readonly subjects: readonly number[] }
  | { readonly kind: 'tag'; readonly tag: string; readonly cache: CacheName }
  | { readonly kind: 'cache'; readonly cache: CacheName }

/** A call that forbids older values from the moment it has resolved. */
export interface Invalidation {
  readonly op: number
  readonly method: Method | 'foreign'
  /** Life of a node that carried it out, or `foreign` for another program. */
  readonly by: string
  readonly scope: Scope
  /** By subject: the source's version when it was called. Values below are forbidden. */
  readonly wanted: readonly number[]
  /** Instants of the call, and of its end as its caller saw it, or of its node's death. */
  from: number
  to: number
  state: 'running' | 'complete' | 'unknown'
  /** A failover may have lost it: nothing is promised between the two instants. */
  lost?: { readonly from: number; until: number }
}

/** What the server held at an instant. */
export interface Sighting {
  /** When the question was sent. */
  readonly at: number
  readonly subject: number
  readonly v: number
  readonly n: number
}

/** A read with the life of the node that made it. */
export type Read = ReadEvent & { readonly by: string }

/** A time in which a process did not run. */
export interface Lag {
  readonly from: number
  to: number
}

/** A fault, or anything else worth telling. */
export interface Incident {
  what: string
  readonly from: number
  to: number
}

/** Everything that happened in a run. Reads are taken out as they are judged; what is left for the report is short. */
export class History {
  readonly invalidations: Map<number, Invalidation> = new Map()
  /** By subject, in the order of their calls. */
  readonly concerning: Invalidation[][] = SUBJECTS.map(() => [])
  readonly incidents: Incident[] = []
  /** What nodes heard, lately. */
  heard: { readonly by: string; readonly at: number; readonly what: string }[] = []
  /** Times in which a process, by life, did not run. */
  readonly lags: Map<string, Lag[]> = new Map()
  /** What is a violation whatever the rest of the history says. */
  readonly troubles: { readonly promise: string; readonly text: string }[] = []
  readonly #recent: (Read | Sighting)[][] = SUBJECTS.map(() => [])
  #reads: Read[] = []
  #sightings: Sighting[] = []

  begin(invalidation: Invalidation): void {
    this.invalidations.set(invalidation.op, invalidation)
    for (const subject of SUBJECTS)
      if (touches(invalidation.scope, subject)) this.concerning[subject.index]?.push(invalidation)
  }

  read(read: Read): void {
    this.#reads.push(read)
  }

  sighted(sighting: Sighting): void {
    this.#sightings.push(sighting)
  }

  /** The process did not run between the instants; `to` may be told later. */
  lag(by: string, from: number, to: number = Infinity): Lag {
    const lag = { from, to }
    const lags = this.lags.get(by)
    if (lags === undefined) this.lags.set(by, [lag])
    else lags.push(lag)
    return lag
  }

  /** Milliseconds between two instants in which the process, or this one, did not run. */
  lagOf(by: string, from: number, to: number): number {
    const lags = [...(this.lags.get(by) ?? []), ...(this.lags.get('parent') ?? [])]
    let [sum, counted] = [0, from]
    for (const lag of lags.filter((one) => one.to > from && one.from < to).sort((a, b) => a.from - b.from)) {
      const end = Math.min(lag.to, to)
      sum += Math.max(0, end - Math.max(lag.from, counted))
      counted = Math.max(counted, end)
    }
    return sum
  }

  /** Takes out what ended before the instant. */
  take(before: number): { readonly reads: readonly Read[]; readonly sightings: readonly Sighting[] } {
    const reads = this.#reads.filter(({ to }) => to < before)
    const sightings = this.#sightings.filter(({ at }) => at < before)
    this.#reads = this.#reads.filter(({ to }) => to >= before)
    this.#sightings = this.#sightings.filter(({ at }) => at >= before)
    this.heard = this.heard.filter(({ at }) => at > before - 60_000)
    for (const one of [...reads, ...sightings]) {
      const recent = this.#recent[one.subject] as (Read | Sighting)[]
      recent.push(one)
      if (recent.length > 400) recent.splice(0, 200)
    }
    return { reads, sightings }
  }

  recent(subject: number): readonly (Read | Sighting)[] {
    return this.#recent[subject] ?? []
  }
}

/** Whether the scope may concern some value of the subject. */
function touches(scope: Scope, { index, cache }: Subject): boolean {
  return scope.kind === 'keys' ? scope.subjects.includes(index) : scope.cache === cache
}

/** Whether the invalidation names the subject's value of that version. */
export function concerns({ scope }: Invalidation, subject: Subject, version: number): boolean {
  return touches(scope, subject) && (scope.kind !== 'tag' || tagsOf(subject, version).includes(scope.tag))
}
