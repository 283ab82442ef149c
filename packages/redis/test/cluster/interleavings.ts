import type { Clock } from '@larder/core/contracts'
import type { Redis } from 'ioredis'
import type { Argument, RedisClient } from '../../src/client/redis-client.ts'
import { ClusterQueue } from '../../src/queue/cluster-queue.ts'
import { RedisCommands } from '../../src/redis-commands.ts'

/** Something that works on the queue, one command after another. It may die between any two of them. */
export interface Actor {
  readonly name: string
  readonly work: (queue: ClusterQueue) => Promise<void>
}

/** A set of actors, and what must hold after every order of their commands. */
export interface Scenario {
  /** Prepares an empty server. */
  readonly begin: () => Promise<readonly Actor[]>
  /** Rejects if anything is not as promised. */
  readonly end: () => Promise<void>
}

/** How far to look. */
export interface Reach {
  /** Most actors that die in one run. */
  readonly deaths: number
  /** Runs after which to stop; the order in which runs are made is that of a depth-first search. */
  readonly most: number
  /** Draws the choices instead of searching: a whole number from 0 up to, not including, its argument. */
  readonly draw?: (options: number) => number
}

const STILL: Clock = { now: () => 0, monotonic: () => 0, after: () => ({ cancel: () => {} }) }

/** A queue without time limits, over a plain connection, that stops before each command until it is let through. */
class Gate implements RedisClient {
  readonly sharded = true
  readonly #client: Redis
  #pass: (() => void) | undefined
  #arrive: () => void = () => {}
  #arrived: Promise<void>
  /** The command that waits. */
  next = ''

  constructor(client: Redis) {
    this.#client = client
    this.#arrived = this.#expect()
  }

  /** Resolves when the next command waits. */
  get arrived(): Promise<void> {
    return this.#arrived
  }

  ready(): undefined {
    return undefined
  }

  async send(command: string, args: readonly Argument[]): Promise<unknown> {
    await new Promise<void>((resolve) => {
      this.#pass = resolve
      this.next = command
      this.#arrive()
    })
    return this.#client.callBuffer(command, args as Argument[])
  }

  /** Lets the waiting command through. */
  pass(): void {
    this.#arrived = this.#expect()
    this.#pass?.()
  }

  subscriber(): never {
    throw new Error('not needed')
  }

  listen(): void {}

  async close(): Promise<void> {}

  #expect(): Promise<void> {
    return new Promise((resolve) => (this.#arrive = resolve))
  }
}

/** A queue as a program has it: each command is sent at once. */
export function plainQueue(client: Redis): ClusterQueue {
  const direct: RedisClient = {
    sharded: true,
    ready: () => undefined,
    send: (command, args) => client.callBuffer(command, args as Argument[]),
    subscriber: () => {
      throw new Error('not needed')
    },
    listen: () => {},
    close: async () => {},
  }
  return new ClusterQueue(new RedisCommands({ client: direct, timeoutMs: 1000, clock: STILL }), STILL)
}

/** Plays a scenario in every order of its actors' commands, with deaths in between; how many orders there were. The error of a run tells its trace. */
export async function everyOrder(client: Redis, scenario: Scenario, reach: Reach): Promise<number> {
  let path: number[] | undefined = []
  let runs = 0
  while (path !== undefined && runs < reach.most) {
    runs++
    const choices: { taken: number; readonly options: number }[] = []
    const trace: string[] = []
    const choose = (options: number): number => {
      const taken: number = reach.draw?.(options) ?? path?.[choices.length] ?? 0
      choices.push({ taken, options })
      return taken
    }
    try {
      await client.flushall()
      await play(client, { actors: await scenario.begin(), choose, trace, deaths: reach.deaths })
      await scenario.end()
    } catch (error) {
      throw new Error(`${(error as Error).message}\nafter ${trace.join(' · ')}`, { cause: error })
    }
    if (reach.draw !== undefined) continue
    while (choices.length > 0 && isLast(choices.at(-1))) choices.pop()
    const last = choices.at(-1)
    if (last === undefined) path = undefined
    else path = [...choices.slice(0, -1).map(({ taken }) => taken), last.taken + 1]
  }
  return runs
}

function isLast(choice: { readonly taken: number; readonly options: number } | undefined): boolean {
  return choice !== undefined && choice.taken + 1 >= choice.options
}

async function play(
  client: Redis,
  run: {
    readonly actors: readonly Actor[]
    readonly choose: (options: number) => number
    readonly trace: string[]
    readonly deaths: number
  },
): Promise<void> {
  let { deaths } = run
  const errors: unknown[] = []
  const live = new Set(
    run.actors.map(({ name, work }) => {
      const gate = new Gate(client)
      const state = { name, gate, done: false, ended: Promise.resolve() }
      const queue = new ClusterQueue(new RedisCommands({ client: gate, timeoutMs: 1000, clock: STILL }), STILL)
      state.ended = work(queue)
        .catch((error: unknown) => void errors.push(error))
        .then(() => void (state.done = true))
      return state
    }),
  )
  for (;;) {
    for (const actor of live) {
      await Promise.race([actor.gate.arrived, actor.ended])
      if (actor.done) live.delete(actor)
    }
    if (errors.length > 0) throw errors[0]
    const ready = [...live]
    if (ready.length === 0) return
    const choice = run.choose(ready.length * (deaths > 0 ? 2 : 1))
    const actor = ready[choice % ready.length] as (typeof ready)[number]
    if (choice >= ready.length) {
      deaths--
      live.delete(actor)
      run.trace.push(`${actor.name} dies`)
      continue
    }
    run.trace.push(actor.name)
    actor.gate.pass()
  }
}
