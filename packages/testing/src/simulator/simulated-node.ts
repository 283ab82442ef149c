import { createCacheManager } from '@larder/core'
import type { Cache, CacheManager, CacheOptions } from '@larder/core'
import type { Backend } from '@larder/core/contracts'
import type { Choice, Kernel } from './kernel.ts'
import { HEARTBEAT_MS, Process, STORE_TIMEOUT_MS } from './process.ts'
import { SimulatedJournal } from './simulated-journal.ts'
import type { JournalParts } from './simulated-journal.ts'
import { SimulatedStore } from './simulated-store.ts'
import type { Cargo, Source } from './source.ts'
import type { CacheKind, Subject } from './subject.ts'
import { hasGrace, NAMESPACE, namedTags, tagsOf } from './subject.ts'
import type { ValueServer } from './value-server.ts'

/** What nodes are connected to. */
export interface NodeParts extends JournalParts {
  readonly values: ValueServer
  readonly source: Source
}

/** Milliseconds: how long a node waits for another's load, and for its own. */
const WAIT_FOR_LOAD_MS = 1_500
export const HARD_TIMEOUT_MS = 4_000

/** One run of the production code: a manager with its caches, over a backend of its own. */
export class SimulatedNode {
  readonly process: Process
  readonly manager: CacheManager
  readonly #kernel: Kernel
  readonly #caches = new Map<CacheKind, Cache<Cargo>>()

  constructor(parts: NodeParts, index: number, generation: number) {
    const { kernel, wire, values, source } = parts
    this.#kernel = kernel
    this.process = new Process(kernel, index, generation)
    const { process } = this
    const backend: Backend = {
      name: 'simulated',
      store: new SimulatedStore(wire, values, process),
      journal: new SimulatedJournal(parts, process),
      health: async () => ({ status: 'healthy', latencyMs: 0 }),
      close: async () => {},
    }
    this.manager = createCacheManager({
      namespace: NAMESPACE,
      l2: backend,
      clock: process.clock,
      random: kernel.dice.random(),
      l1: { maxEntries: 8 },
      heartbeat: HEARTBEAT_MS,
      defaults: {
        onUnavailable: kernel.plan.queues ? 'queue' : 'fail',
        timeouts: { store: STORE_TIMEOUT_MS, hard: HARD_TIMEOUT_MS },
        waitForLoad: WAIT_FOR_LOAD_MS,
      },
    })
    this.manager.subscribeInvalidations(() => process.heard++)
    const { subjects } = kernel.plan
    for (const kind of new Set(subjects.map(({ cache }) => cache))) {
      const byKey = new Map(subjects.filter(({ cache }) => cache === kind).map((subject) => [subject.key, subject]))
      this.#caches.set(kind, this.manager.cache<Cargo>(kind, cacheOptions(kind, { byKey, source, process })))
    }
  }

  cache(kind: CacheKind): Cache<Cargo> {
    return this.#caches.get(kind) as Cache<Cargo>
  }

  /** Timers that are due. */
  choices(choices: Choice[]): void {
    const { process } = this
    if (!process.running) return
    const now = process.clock.monotonic()
    for (const timer of process.clock.timers) {
      if (timer.dueAt > now) continue
      const run = (): void => {
        process.clock.take(timer)
        this.#kernel.account(timer.owner)
        timer.callback()
      }
      choices.push({ weight: this.#kernel.plan.pace.timer, run })
    }
  }
}

function cacheOptions(
  kind: CacheKind,
  parts: { readonly byKey: ReadonlyMap<string, Subject>; readonly source: Source; readonly process: Process },
): CacheOptions<Cargo> {
  const { byKey, source, process } = parts
  const find = (key: string): Subject => byKey.get(key) as Subject
  const tags = kind === 'late' ? (value: Cargo) => tagsOf(kind, (value as { v: number }).v) : namedTags(kind)
  return {
    tags,
    load: async (key, { signal }) => (await source.load(process, [find(key)], signal))[0] as Cargo,
    loadMany: (keys, { signal }) => source.load(process, keys.map(find), signal),
    ...(hasGrace(kind) ? { ttl: 300, grace: '10m' } : {}),
  }
}
