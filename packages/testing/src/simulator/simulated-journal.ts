import type {
  Append,
  Journal,
  JournalManifest,
  Marks,
  MarksRequest,
  RecordRef,
  Sync,
  Tail,
  TailListener,
} from '@larder/core/contracts'
import type { ControlServer } from './control-server.ts'
import type { History } from './history.ts'
import type { Kernel, Owner } from './kernel.ts'
import { STORE_TIMEOUT_MS } from './process.ts'
import type { Process } from './process.ts'
import type { TailLinks } from './tail-links.ts'
import type { CommandSpec, Wire } from './wire.ts'

/** What the journals of all nodes share. */
export interface JournalParts {
  readonly kernel: Kernel
  readonly wire: Wire
  readonly server: ControlServer
  readonly links: TailLinks
  readonly history: History
}

/** The journal as one node sees it: every call travels to the server and back. */
export class SimulatedJournal implements Journal {
  readonly manifest: JournalManifest
  readonly #parts: JournalParts
  readonly #process: Process
  /** Many share the timers that may lead to a `sync`: it is on nobody's account but the node's. */
  readonly #owner: Owner

  constructor(parts: JournalParts, process: Process) {
    this.#parts = parts
    this.#owner = { label: `${process.label}.tail`, subjects: [], reads: false, ordered: new Map() }
    this.#process = process
    this.manifest = { delivery: parts.kernel.plan.delivery }
  }

  append(_namespace: string, record: Append): Promise<RecordRef> {
    const { server } = this.#parts
    return this.#send({ name: `APPEND(${record.kind} ${record.items.join()})`, execute: () => server.append(record) })
  }

  marks(_namespace: string, request: MarksRequest): Promise<Marks> {
    const { server } = this.#parts
    const since = request.since === undefined ? '' : ` since ${request.since.id}`
    return this.#send({ name: `MARKS ${request.names.join()}${since}`, execute: () => server.marks(request) })
  }

  sync(_namespace: string, cursor: RecordRef | undefined): Promise<Sync> {
    const { server, history, kernel } = this.#parts
    const { clock } = this.#process
    const sent = { step: kernel.step, mono: clock.monotonic(), wall: clock.now() }
    let executedAt = 0
    return this.#send({
      owner: this.#owner,
      name: `SYNC ${cursor?.id ?? 'from nothing'}`,
      execute: () => {
        executedAt = kernel.step
        return server.sync(cursor)
      },
      answered: (reply) => {
        // One that is late may have been given up, or not: it proves nothing, but the node may have acted on it.
        if (clock.monotonic() - sent.mono >= STORE_TIMEOUT_MS)
          return reply.kind === 'reset' ? history.forgot(this.#process) : undefined
        history.synced(this.#process, reply, executedAt)
        this.#process.proven(sent)
      },
    })
  }

  missing(_namespace: string, records: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    const { server } = this.#parts
    return this.#send({ name: `MISSING of ${records.length}`, execute: () => server.missing(records) })
  }

  tail(_namespace: string, listener: TailListener): Tail {
    return this.#parts.links.subscribe(this.#process, listener)
  }

  #send<R>(command: Omit<CommandSpec<R>, 'slot'>): Promise<R> {
    return this.#parts.wire.send(this.#process, { ...command, slot: 'control' })
  }
}
