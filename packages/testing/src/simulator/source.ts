import { cached } from '@larder/core'
import type { Loaded } from '@larder/core'
import type { Choice, Kernel, Owner } from './kernel.ts'
import { COUNTER_GAP } from './ledger.ts'
import type { Ledger, Value } from './ledger.ts'
import type { Process } from './process.ts'
import type { Subject } from './subject.ts'

/** What the loader of a simulated cache returns: a number, or an object with the value's number and version. */
export type Cargo = number | { readonly n: number; readonly v: number }

/** A loader at work: it reads the source at one instant and returns at a later one. */
interface Load {
  readonly process: Process
  readonly subjects: readonly Subject[]
  readonly owner: Owner
  /** How soon it goes on, against the ordinary. */
  readonly haste: number
  state: 'called' | 'read'
  values: readonly Value[]
  readonly resolve: (values: readonly Value[]) => void
  readonly reject: (error: Error) => void
}

/** Why a simulated loader fails. */
class SourceFailure extends Error {
  override readonly name = 'SourceFailure'
}

/** What is cached: a version for each subject, and the loaders that read it. */
export class Source {
  readonly #kernel: Kernel
  readonly #ledger: Ledger
  readonly #loads = new Set<Load>()
  /** Loader runs so far, by subject. */
  readonly runs: Map<Subject, number> = new Map()
  /** Step of the last loader failure on each node. */
  readonly #failures = new Map<Process, Map<Subject, number>>()

  constructor(kernel: Kernel, ledger: Ledger) {
    this.#kernel = kernel
    this.#ledger = ledger
  }

  commit(subject: Subject): void {
    subject.version++
    this.#kernel.note(() => `source: ${subject.name} is now v${subject.version}`)
  }

  /** Loads several subjects in one go, in their order. One that is aborted fails. */
  load(process: Process, subjects: readonly Subject[], signal: AbortSignal): Promise<readonly Loaded<Cargo>[]> {
    const owner = this.#ownerOf(subjects)
    this.#kernel.note(() => `${process.label} calls the loader of ${names(subjects)} [${owner.label}]`)
    for (const subject of subjects) this.runs.set(subject, (this.runs.get(subject) ?? 0) + 1)
    const loading = new Promise<readonly Value[]>((resolve, reject) => {
      const haste = this.#kernel.drawHaste()
      const load: Load = { process, subjects, owner, haste, state: 'called', values: [], resolve, reject }
      this.#loads.add(load)
      signal.addEventListener('abort', () => this.#fail(load, signal.reason as Error), { once: true })
    })
    return loading.then((values) => values.map(cargoOf))
  }

  busyWith(process: Process, subject: Subject): boolean {
    for (const load of this.#loads) if (load.process === process && load.subjects.includes(subject)) return true
    return false
  }

  get size(): number {
    return this.#loads.size
  }

  /** Whether a loader of the subject failed on the node since that step. */
  failedSince(process: Process, subject: Subject, step: number): boolean {
    return (this.#failures.get(process)?.get(subject) ?? -1) >= step
  }

  choices(choices: Choice[]): void {
    for (const load of this.#loads) {
      const weight = this.#kernel.plan.pace.loader * load.haste
      if (load.state === 'called') choices.push({ weight, run: () => this.#read(load) })
      else if (load.process.running) choices.push({ weight, run: () => this.#return(load) })
    }
  }

  /** Makes a loader fail; `false` if none is at work. */
  fault(): boolean {
    const loads = [...this.#loads].filter(({ process }) => process.running)
    if (loads.length === 0) return false
    const load = this.#kernel.dice.pick(loads)
    this.#kernel.note(
      () => `FAULT ${load.process.label}: the loader of ${names(load.subjects)} fails [${load.owner.label}]`,
    )
    this.#kernel.account(load.owner)
    this.#fail(load, new SourceFailure('simulated: the source fails'))
    return true
  }

  /** A process is no more. */
  orphan(process: Process): void {
    for (const load of this.#loads) if (load.process === process) this.#loads.delete(load)
  }

  #read(load: Load): void {
    load.state = 'read'
    load.values = load.subjects.map((subject) =>
      this.#ledger.make({ subject, version: this.#readVersion(subject), loaded: true }),
    )
    this.#kernel.note(
      () => `${load.process.label}'s loader reads ${load.values.map(describe).join()} [${load.owner.label}]`,
    )
  }

  /** Sources that give versions may be read from a replica that lags: that is what versions are for. */
  #readVersion({ cache, version }: Subject): number {
    const { trouble, dice } = this.#kernel
    return cache === 'versioned' && trouble && dice.chance(0.2) ? Math.max(1, version - dice.between(1, 2)) : version
  }

  #return(load: Load): void {
    this.#kernel.account(load.owner)
    this.#kernel.note(
      () => `${load.process.label}'s loader returns ${load.values.map(describe).join()} [${load.owner.label}]`,
    )
    this.#loads.delete(load)
    load.resolve(load.values)
  }

  #fail(load: Load, error: Error): void {
    this.#loads.delete(load)
    let bySubject = this.#failures.get(load.process)
    if (bySubject === undefined) this.#failures.set(load.process, (bySubject = new Map<Subject, number>()))
    for (const subject of load.subjects) bySubject.set(subject, this.#kernel.step)
    load.reject(error)
  }

  /** A timer that many share may have led to the load: then nobody in particular is to blame. */
  #ownerOf(subjects: readonly Subject[]): Owner {
    const { owner } = this.#kernel
    const known = owner.reads && subjects.every((subject) => owner.subjects.includes(subject))
    return known ? owner : { label: 'load', subjects, reads: true, ordered: new Map() }
  }
}

/** The value as users see it; in a cache of versions with its version. */
function cargoOf(value: Value): Loaded<Cargo> {
  const { subject, version, number } = value
  if (subject.cache === 'counter') return number
  const object: Cargo = { n: number, v: version }
  return subject.cache === 'versioned' ? cached<Cargo>(object, { version }) : object
}

/** A value in a trace. */
export function describe({ subject, version, number }: Value): string {
  return `${subject.name} v${version} (#${number % COUNTER_GAP === 0 ? number / COUNTER_GAP : number})`
}

function names(subjects: readonly Subject[]): string {
  return subjects.map(({ name }) => name).join()
}
