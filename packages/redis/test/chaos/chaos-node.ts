import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { RedisOptions } from '../../src/index.ts'
import { forkProgram } from './fork-program.ts'
import type { Order, Report } from './messages.ts'

/** Longest time until a process answers its first word, in milliseconds. Transpiling is slow on a busy machine. */
const START_MS = 60_000

/** A node of a chaos run: a process that can be stopped, killed and started again. Each life has a name of its own. */
export class ChaosNode {
  readonly index: number
  readonly #connection: RedisOptions
  readonly #seed: number
  readonly #heard: (node: ChaosNode, report: Report) => void
  #child: ChildProcess | undefined
  #life = 0

  constructor(parts: {
    readonly index: number
    readonly connection: RedisOptions
    readonly seed: number
    readonly heard: (node: ChaosNode, report: Report) => void
  }) {
    this.index = parts.index
    this.#connection = parts.connection
    this.#seed = parts.seed
    this.#heard = parts.heard
  }

  /** Names this life of the node. */
  get name(): string {
    return `node${this.index}.${this.#life}`
  }

  get alive(): boolean {
    return this.#child !== undefined
  }

  async start(): Promise<void> {
    this.#life++
    const args = [JSON.stringify(this.#connection), `${this.#seed + this.#life}`]
    const child = forkProgram(new URL('./node-process.ts', import.meta.url), args)
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`node ${this.index} did not start`)), START_MS)
      child.once('exit', (code, signal) =>
        reject(new Error(`node ${this.index} ended while starting: ${code ?? signal}`)),
      )
      child.on('message', (report: Report) => {
        // The words of a life that is over are not to be taken for those of the next.
        if (child !== this.#child && report.kind !== 'ready') return
        if (report.kind !== 'ready') return this.#heard(this, report)
        clearTimeout(timer)
        this.#child = child
        resolve()
      })
    })
    ready.catch(() => child.kill('SIGKILL'))
    await ready
  }

  tell(order: Order): void {
    if (this.#child?.connected === true) this.#child.send(order, () => {})
  }

  stop(): void {
    this.#child?.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Kills it. What it had to tell is lost. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Ends it in order; resolves with its exit code, or the signal that it needed after `ms` milliseconds. */
  async end(ms: number): Promise<number | string> {
    const child = this.#child
    if (child === undefined) return 'gone'
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>
    this.tell({ kind: 'end' })
    const timer = setTimeout(() => child.kill('SIGKILL'), ms)
    const [code, signal] = await exited
    clearTimeout(timer)
    this.#child = undefined
    return code ?? (signal as string)
  }
}
