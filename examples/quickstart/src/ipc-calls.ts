import type { ChildProcess } from 'node:child_process'

/** The end of a channel between a process and its child; both have the same methods. */
export type IpcChannel = ChildProcess | NodeJS.Process

/** What one side lets the other call. */
export type Answers = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string }

interface OpenCall {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Lets two processes call each other's functions, over the channel that `fork` opens. */
export class IpcCalls {
  readonly #channel: IpcChannel
  readonly #answers: Answers
  readonly #open = new Map<number, OpenCall>()
  #lastId = 0

  constructor(channel: IpcChannel, answers: Answers) {
    this.#channel = channel
    this.#answers = answers
    channel.on('message', (message: Message) => void this.#hear(message))
    channel.on('disconnect', () => this.#hangUp())
  }

  /** Calls a function of the other side. Rejects with its error, or when the other process has gone. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.#channel.connected) return reject(new Error('the other process has gone'))
      const id = ++this.#lastId
      this.#open.set(id, { resolve, reject })
      this.#send({ kind: 'call', id, name, args })
    })
  }

  async #hear(message: Message): Promise<void> {
    if (message.kind === 'call') return this.#answer(message)
    const call = this.#open.get(message.id)
    this.#open.delete(message.id)
    if (message.kind === 'result') call?.resolve(message.value)
    else call?.reject(new Error(message.message))
  }

  async #answer({ id, name, args }: Extract<Message, { kind: 'call' }>): Promise<void> {
    try {
      const answer = this.#answers[name] as ((...args: readonly unknown[]) => Promise<unknown>) | undefined
      if (answer === undefined) throw new Error(`there is nothing to call by the name ${name}`)
      this.#send({ kind: 'result', id, value: await answer(...args) })
    } catch (error) {
      this.#send({ kind: 'error', id, message: error instanceof Error ? error.message : String(error) })
    }
  }

  #send(message: Message): void {
    if (this.#channel.connected) this.#channel.send?.(message)
  }

  #hangUp(): void {
    for (const { reject } of this.#open.values()) reject(new Error('the other process has gone'))
    this.#open.clear()
  }
}
