import { CacheError } from '@larder/core'
import type { Cluster } from './cluster.ts'
import type { Read } from './checker.ts'
import type { Invalidation } from './invalidation.ts'
import type { Kernel } from './kernel.ts'
import type { Operation, OperationKind } from './operation.ts'
import type { Process } from './process.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { Subject } from './subject.ts'

/** Longest that a call may take while its process runs, in milliseconds. */
const LONGEST_CALL_MS = 60_000

/** How a call is made, and what its answer means. */
export interface Call<R> {
  readonly kind: OperationKind
  readonly node: SimulatedNode
  readonly subjects: readonly Subject[]
  readonly fresh?: boolean
  readonly by?: number
  /** Version below which values are forbidden once it resolved. Default: what the source has when it is called. */
  readonly wants?: number
  /** What it forbids once it resolved. */
  readonly forbids?: Pick<Invalidation, 'what' | 'keepsStale'>
  invoke(): Promise<R>
  /** Checks the answer; for a read with what it was owed, subject by subject. */
  answered(result: R, reads: readonly Read[]): void
}

/** Calls of the production code that have not ended. */
export class Operations {
  readonly #kernel: Kernel
  readonly #running = new Set<Operation>()
  readonly #pausedAtStart = new Map<Operation, number>()
  #count = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Calls under way on processes that are still there. */
  get size(): number {
    return this.#running.size
  }

  /** Whether a read of the subject is under way on the node. */
  readsUnderWay(process: Process, subject: Subject): boolean {
    for (const operation of this.#running) {
      if (operation.reads && operation.process === process && operation.subjects.includes(subject)) return true
    }
    return false
  }

  /** Makes a call; it ends when the scheduler lets it. */
  begin<R>(cluster: Cluster, call: Call<R>): void {
    const operation = this.#make(call)
    const { process } = operation
    this.#kernel.note(() => `${operation.label} begins on ${process.label}${process.blind ? ' (blind)' : ''}`)
    this.#kernel.account(operation)
    const invalidation =
      call.forbids === undefined
        ? undefined
        : cluster.history.begin(operation, {
            process,
            ...call.forbids,
            wanted: new Map(this.#kernel.plan.subjects.map((subject) => [subject, call.wants ?? subject.version])),
          })
    const reads = operation.reads ? this.#owed(cluster, operation, call.fresh ?? false) : []
    this.#running.add(operation)
    this.#pausedAtStart.set(operation, process.pausedMs)
    call.invoke().then(
      (result) => {
        if (!this.#end(operation, 'resolved')) return
        this.#kernel.note(
          () => `${operation.label} resolves: ${JSON.stringify(result instanceof Map ? [...result] : result)}`,
        )
        if (invalidation !== undefined) {
          if (this.#kernel.plan.queues && cluster.wire.failed(operation)) cluster.history.queue(invalidation)
          else cluster.history.complete(invalidation)
        }
        call.answered(result, reads)
      },
      (error: unknown) => {
        if (!this.#end(operation, 'rejected')) return
        this.#kernel.note(() => `${operation.label} rejects: ${String(error)}`)
        this.#checkError(operation, error)
      },
    )
  }

  /** F10: no call takes for ever, unless its process is no more. */
  checkPatience(): void {
    for (const operation of [...this.#running]) {
      const { process, start, label } = operation
      if (process.crashed) {
        this.#end(operation, 'abandoned')
        continue
      }
      const paused = process.pausedMs - (this.#pausedAtStart.get(operation) as number)
      if (this.#kernel.now - start.time - paused > LONGEST_CALL_MS) {
        this.#kernel.fail(
          `F10: ${label} on ${process.label}, begun at step ${start.step}, has not ended within ${LONGEST_CALL_MS} ms`,
        )
      }
    }
  }

  #make({ kind, node, subjects, by, fresh }: Omit<Call<unknown>, 'answered' | 'invoke'>): Operation {
    const { process } = node
    const label = `${kind}${fresh === true ? '(fresh)' : ''}#${++this.#count}`
    const operation: Operation = {
      kind,
      label,
      process,
      subjects,
      reads: READS.has(kind),
      ordered: new Map(),
      start: this.#kernel.moment(),
      state: 'running',
      ...(by === undefined ? {} : { by }),
    }
    return operation
  }

  /** What a read that begins now may expect. */
  #owed(cluster: Cluster, { label, process, subjects, start }: Operation, fresh: boolean): readonly Read[] {
    const reads = subjects.map((subject) => {
      const busy = cluster.occupancy.since(process, subject)
      return { label, process, subject, fresh, start, blind: process.blind, busy }
    })
    cluster.occupancy.enter(process, subjects)
    return reads
  }

  #end(operation: Operation, state: Operation['state']): boolean {
    this.#pausedAtStart.delete(operation)
    if (!this.#running.delete(operation)) return false
    operation.state = state
    return true
  }

  /** Reads fail with what the loader failed with, everything else with an error of the library's own. */
  #checkError({ label, reads }: Operation, error: unknown): void {
    const { name } = error as Error
    const expected = reads ? name === 'SourceFailure' || name === 'LoaderTimeoutError' : error instanceof CacheError
    if (!expected) this.#kernel.fail(`${label} rejected with ${String(error)}`)
  }
}

const READS: ReadonlySet<OperationKind> = new Set(['readThrough', 'readThroughMany', 'get', 'getEntry'])
