import type { Choice, Kernel, Owner } from './kernel.ts'
import { STORE_TIMEOUT_MS } from './process.ts'
import type { Process, Slot } from './process.ts'
import type { Subject } from './subject.ts'

/** A command as its sender describes it. */
export interface CommandSpec<R> {
  readonly name: string
  readonly slot: Slot
  /** On whose account it is, if not on that of what led to it. */
  readonly owner?: Owner
  /** What it is about; without any, what its owner is about. */
  readonly subjects?: readonly Subject[]
  /** Does it, on the server. */
  readonly execute: () => Promise<R>
  /** The answer reaches the sender, who may have given up by then. */
  readonly answered?: (result: R) => void
}

/** A command on its way: `sent` until the server executes it, `executed` until its answer is heard. */
interface Command {
  readonly label: string
  readonly process: Process
  readonly slot: Slot
  readonly owner: Owner
  readonly subjects: readonly Subject[]
  readonly haste: number
  /** Monotonic time of its process when it was sent. */
  readonly sentMono: number
  state: 'sent' | 'executing' | 'executed'
  /** Whether the sender still listens. */
  awaited: boolean
  execute(): Promise<void>
  answer(): void
  refuse(reason: Error): void
}

/** A command that its sender gave up is applied late: seldom, so that much happens in between. */
const ZOMBIE = 0.15

/** How a command can fail. */
export type WireFault = 'request' | 'reply' | 'zombie'

/** The connections between nodes and servers. Commands are executed, and answered, in any order. */
export class Wire {
  readonly #kernel: Kernel
  readonly #commands = new Set<Command>()
  readonly #failed = new WeakSet<Owner>()
  /** Subjects of commands whose senders may not know how they ended. */
  readonly disturbed: Set<Subject> = new Set()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Sends a command of a process; settles when the scheduler lets its answer through. */
  send<R>(process: Process, spec: CommandSpec<R>): Promise<R> {
    const { owner = this.#kernel.owner } = spec
    const label = `${process.label} ${spec.name} [${owner.label}]`
    if (!process.reaches(spec.slot) && process.refuses) {
      this.#kernel.note(() => `${label} is refused: no connection`)
      this.#disturb({ subjects: spec.subjects ?? [], owner })
      return Promise.reject(new Error('simulated: no connection'))
    }
    this.#kernel.note(() => `  sends ${label}`)
    return new Promise<R>((resolve, reject) => {
      let result: R | undefined
      let failure: Error | undefined
      this.#commands.add({
        label,
        process,
        slot: spec.slot,
        owner,
        subjects: spec.subjects ?? owner.subjects,
        haste: this.#kernel.drawHaste(),
        sentMono: process.clock.monotonic(),
        state: 'sent',
        awaited: true,
        execute: async () => {
          try {
            result = await spec.execute()
            this.#kernel.note(() => `${label} executes: ${show(result)}`)
          } catch (error) {
            failure = error as Error
            this.#kernel.note(() => `${label} fails: ${(error as Error).message}`)
          }
        },
        answer: () => {
          if (failure !== undefined) return reject(failure)
          resolve(result as R)
          spec.answered?.(result as R)
        },
        refuse: reject,
      })
    })
  }

  /** Whether a read of the subject waits for a command on the node. */
  busyWith(process: Process, subject: Subject): boolean {
    for (const { process: sender, owner, awaited, subjects } of this.#commands) {
      if (sender === process && owner.reads && awaited && subjects.includes(subject)) return true
    }
    return false
  }

  get size(): number {
    return this.#commands.size
  }

  choices(choices: Choice[]): void {
    const { pace } = this.#kernel.plan
    for (const command of this.#commands) {
      const { process, slot, haste, awaited } = command
      if (command.state === 'sent') {
        // A command that has left the sender's machine arrives, whatever becomes of the sender.
        if (awaited && !process.reaches(slot)) continue
        const weight = pace.execute * haste * (awaited ? 1 : ZOMBIE)
        choices.push({ weight, run: () => this.#execute(command) })
      } else if (command.state === 'executed' && process.running && process.reaches(slot)) {
        choices.push({ weight: pace.answer * haste, run: () => this.#answer(command) })
      }
    }
  }

  /** Makes a command fail; `false` if there is none that could. */
  fault(fault: WireFault): boolean {
    const wanted = fault === 'reply' ? 'executed' : 'sent'
    const candidates = [...this.#commands].filter(
      ({ state, awaited, process }) => state === wanted && awaited && process.running,
    )
    if (candidates.length === 0) return false
    const command = this.#kernel.dice.pick(candidates)
    const silent = this.#kernel.dice.chance(0.3)
    this.#kernel.note(() => `FAULT ${command.label}: ${WHAT[fault]}${silent ? ', silently' : ''}`)
    this.#kernel.account(command.owner)
    this.#giveUp(command)
    if (!silent) command.refuse(new Error(`simulated: ${WHAT[fault]}`))
    if (fault !== 'zombie') this.#commands.delete(command)
    return true
  }

  /** A process is no more: nobody hears its answers, and of what it sent some arrives and some does not. */
  orphan(process: Process): void {
    for (const command of [...this.#commands]) {
      if (command.process !== process) continue
      this.#giveUp(command)
      if (command.state !== 'sent' || this.#kernel.dice.chance(0.5)) this.#commands.delete(command)
    }
  }

  #giveUp(command: Command): void {
    command.awaited = false
    this.#disturb(command)
  }

  /** Whether a command on somebody's account may have failed, or is not answered yet. */
  failed(owner: Owner): boolean {
    return this.#failed.has(owner) || [...this.#commands].some((command) => command.owner === owner)
  }

  /** The operation as a whole may end early: what it left on other keys is not looked at either. */
  #disturb({ subjects, owner }: Pick<Command, 'subjects' | 'owner'>): void {
    this.#failed.add(owner)
    for (const subject of [...subjects, ...owner.subjects]) this.disturbed.add(subject)
  }

  async #execute(command: Command): Promise<void> {
    command.state = 'executing'
    this.#kernel.account(command.owner)
    if (!command.awaited) this.#kernel.note(() => 'LATE, its sender has given up:')
    await command.execute()
    command.state = 'executed'
    if (!command.awaited) this.#commands.delete(command)
  }

  #answer(command: Command): void {
    this.#kernel.account(command.owner)
    this.#kernel.note(() => `${command.label} is answered`)
    this.#commands.delete(command)
    const late = command.process.clock.monotonic() - command.sentMono >= STORE_TIMEOUT_MS
    if (late) this.#disturb(command)
    command.answer()
  }
}

const WHAT: Readonly<Record<WireFault, string>> = {
  request: 'the request is lost',
  reply: 'it was executed, the reply is lost',
  zombie: 'given up, may be applied late',
}

/** A result in a trace: short, and without bytes. */
function show(result: unknown): string {
  if (result instanceof Uint8Array) return `a frame of ${result.length} bytes`
  const text = JSON.stringify(result, (_, value: unknown) =>
    value instanceof Uint8Array ? `${value.length} bytes` : value,
  )
  return text === undefined ? 'nothing' : text.length > 200 ? `${text.slice(0, 200)}…` : text
}
