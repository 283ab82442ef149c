import { createCacheManager, memory } from '@larder/core'
import type { Backend, CacheManager } from '@larder/core'
import type { Journal, JournalRecord, Store, TailListener } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'

/** A call that a test carries out by hand: when it takes effect, and when and how it is answered. */
export interface Held {
  /** Lets it take effect; the caller is not told. */
  execute(): Promise<void>
  /** Tells the caller what came of it, or `instead`. */
  reply(instead?: unknown): Promise<void>
  /** Tells the caller that it failed. */
  fail(): Promise<void>
}

type Call = Exclude<keyof Store, 'manifest'> | Exclude<keyof Journal, 'manifest' | 'tail'>

/** A node whose calls and pushes pass through the test's hands. Everything passes at once unless it is held. */
export interface SteppedNode {
  readonly manager: CacheManager
  /** Holds the next call of that name. */
  hold(call: Call): Held
  /** Keeps pushes back from now on; `deliver` lets those through that were kept, unless they are dropped first. */
  keepPushes(): void
  deliver(): Promise<void>
  dropPushes(): void
  /** Makes every call of that name fail, until told otherwise. */
  failing: ReadonlySet<Call>
}

/** Nodes over one store and a journal whose records travel, step by step. */
export interface SteppedWorld {
  readonly clock: FakeClock
  readonly shared: Backend & { readonly journal: Journal }
  node(): Promise<SteppedNode>
}

export function steppedWorld(options: { readonly journalLength?: number } = {}): SteppedWorld {
  const clock = new FakeClock()
  const random = new SeededRandom(7)
  const shared = memory({ clock, random, ...options }) as SteppedWorld['shared']
  const node = async (): Promise<SteppedNode> => {
    const hands = new Hands(clock)
    const l2: Backend = {
      name: 'stepped',
      store: hands.over(shared.store),
      journal: hands.over(shared.journal),
      health: () => shared.health(),
      close: async () => {},
    }
    const manager = createCacheManager({ l2, clock, random, heartbeat: '2s' })
    await clock.advance(0)
    return Object.assign(hands, { manager })
  }
  return { clock, shared, node }
}

/** Lets promise chains run until they wait for a held call. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

class Hands {
  failing: ReadonlySet<Call> = new Set()
  readonly #clock: FakeClock
  readonly #held = new Map<string, (call: () => Promise<unknown>) => Promise<unknown>>()
  readonly #kept: (() => void)[] = []
  #keeping = false

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  over<P extends object>(port: P): P {
    return new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown
        if (name === 'manifest') return 'edits' in (member as object) ? member : { delivery: 'remote' }
        if (name === 'tail')
          return (namespace: string, listener: TailListener) =>
            this.#tail(target as unknown as Journal, namespace, listener)
        return (...args: unknown[]) =>
          this.#pass(
            String(name),
            () => Reflect.apply(member as () => Promise<unknown>, target, args) as Promise<unknown>,
          )
      },
    })
  }

  hold(call: string): Held {
    let effect: Promise<unknown> | undefined
    let run: () => Promise<unknown> = () => Promise.reject(new Error(`${call} has not been called yet`))
    let settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void }
    const answered = new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }))
    this.#held.set(call, (execute) => {
      run = execute
      return answered
    })
    const execute = async (): Promise<void> => {
      effect ??= run()
      await effect
    }
    return {
      execute,
      reply: async (...instead) => {
        await execute()
        settle.resolve(instead.length > 0 ? instead[0] : await effect)
        await this.#clock.advance(0)
      },
      fail: async () => {
        settle.reject(new Error('lost'))
        await this.#clock.advance(0)
      },
    }
  }

  keepPushes(): void {
    this.#keeping = true
  }

  async deliver(): Promise<void> {
    this.#keeping = false
    for (const push of this.#kept.splice(0)) push()
    await this.#clock.advance(0)
  }

  dropPushes(): void {
    this.#kept.length = 0
  }

  #pass(name: string, call: () => Promise<unknown>): Promise<unknown> {
    if (this.failing.has(name as Call)) return Promise.reject(new Error('unreachable'))
    const held = this.#held.get(name)
    this.#held.delete(name)
    return held === undefined ? call() : held(call)
  }

  #tail(journal: Journal, namespace: string, listener: TailListener): ReturnType<Journal['tail']> {
    const push = (record: JournalRecord): void => listener.record(record)
    return journal.tail(namespace, {
      record: (record) => {
        if (this.#keeping) this.#kept.push(() => push(record))
        else push(record)
      },
      resync: () => listener.resync(),
    })
  }
}
