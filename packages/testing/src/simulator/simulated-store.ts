import type {
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Frame,
  Store,
  StoreManifest,
  Take,
  TakeRequest,
} from '@larder/core/contracts'
import type { Process } from './process.ts'
import type { Subject } from './subject.ts'
import type { ValueServer } from './value-server.ts'
import type { Wire } from './wire.ts'

/** The store as one node sees it: every call travels to the server and back. */
export class SimulatedStore implements Store {
  readonly manifest: StoreManifest = {
    name: 'simulated',
    shared: true,
    maxKeyBytes: 1_024,
    maxFrameBytes: 65_536,
    versions: true,
    edits: true,
  }
  readonly #wire: Wire
  readonly #server: ValueServer
  readonly #process: Process

  constructor(wire: Wire, server: ValueServer, process: Process) {
    this.#wire = wire
    this.#server = server
    this.#process = process
  }

  get(key: string): Promise<Frame | undefined> {
    return this.#send('GET', [key], () => this.#server.get(key))
  }

  getMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    return this.#send('GET', keys, () => Promise.all(keys.map((key) => this.#server.get(key))))
  }

  take(key: string, request: TakeRequest): Promise<Take> {
    return this.#send('TAKE', [key], () => this.#server.take(key, request))
  }

  fill(key: string, request: FillRequest): Promise<boolean> {
    return this.#send('FILL', [key], () => this.#server.fill(key, request))
  }

  drop(key: string, request: DropRequest): Promise<Drop> {
    return this.#send(`DROP(${request.mode})`, [key], () => this.#server.drop(key, request))
  }

  renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    return this.#send('RENEW', [key], () => this.#server.renew(key, token, leaseMs))
  }

  release(key: string, token: string): Promise<void> {
    return this.#send('RELEASE', [key], () => this.#server.release(key, token))
  }

  edit(key: string, request: EditRequest): Promise<Edited> {
    return this.#send(`EDIT(${request.kind})`, [key], () => this.#server.edit(key, request))
  }

  #send<R>(name: string, keys: readonly string[], execute: () => Promise<R>): Promise<R> {
    const subjects: readonly Subject[] = keys.map((key) => this.#server.subject(key))
    const label = `${name} ${subjects.map((subject) => subject.name).join()}`
    return this.#wire.send(this.#process, { name: label, slot: 'value', subjects, execute })
  }
}
