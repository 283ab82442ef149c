import { StoreUnavailableError } from '@larder/core'
import type { Backend, BackendHealth, Clock, Duration, Random } from '@larder/core'
import type { Store } from '@larder/core/contracts'
import { circuitBreaker } from '../breaker/circuit-breaker.ts'
import type { CircuitBreaker, CircuitBreakerOptions } from '../breaker/circuit-breaker.ts'
import { Bulkhead } from '../limits/bulkhead.ts'
import type { BulkheadOptions } from '../limits/bulkhead.ts'
import { checkOptions, checkTime } from '../policy/check-options.ts'
import type { Policy } from '../policy/policy.ts'
import { makeTimeout } from '../policy/timeout.ts'
import { Retry } from '../retry/retry.ts'
import type { RetryOptions } from '../retry/retry.ts'
import { Guard } from './guard.ts'
import { ResilientJournal } from './resilient-journal.ts'
import { ResilientLocks } from './resilient-locks.ts'
import { ResilientQueue } from './resilient-queue.ts'
import { ResilientStore } from './resilient-store.ts'

/** Options of {@link resilient}. */
export interface ResilientOptions {
  /** How long one attempt may take; `false` for none. Default `'400ms'`. */
  readonly timeout?: Duration | false
  /**
   * Repeating of what may safely be done twice; `false` for none. Default 2 attempts within `'900ms'`, which should stay below the cache's
   * `timeouts.store`: after that nobody waits.
   */
  readonly retry?: RetryOptions | false
  /** The store's circuit, and others for the journal, the locks and the queue; `false` for none. On by default. */
  readonly breaker?: CircuitBreakerOptions | false
  /** Operations of the store, and as many of the journal, that may run at once; `false`, the default, for any number. */
  readonly bulkhead?: BulkheadOptions | false
  /** For all policies that are not given one of their own. Default: the machine's. */
  readonly clock?: Clock
  /** Likewise. */
  readonly random?: Random
}

/** The circuits of a backend, to look at. */
export interface Circuits {
  readonly store: CircuitBreaker | undefined
  readonly journal: CircuitBreaker | undefined
  readonly locks: CircuitBreaker | undefined
  readonly queue: CircuitBreaker | undefined
}

/** A backend under policies: with all that it had. */
export type ResilientBackend<B extends Backend> = Omit<B, 'store'> & {
  readonly store: Store
  readonly circuits: Circuits
}

const RETRY: RetryOptions = { attempts: 2, pause: '20ms', longestPause: '200ms', within: '900ms' }

/**
 * A backend that is no longer asked while it mostly fails. Reads then go to the loader at once, writes and invalidations reject at once or
 * wait (`onUnavailable`), and one operation from time to time finds out whether it is back. Closing it closes the backend within.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function resilient<B extends Backend>(backend: B, options: ResilientOptions = {}): ResilientBackend<B> {
  checkTime(options)
  const policies = new BackendPolicies(backend, options)
  const { store, journal, locks, queue } = backend
  const circuits: Circuits = {
    store: policies.breaker('store'),
    journal: journal === undefined ? undefined : policies.breaker('journal'),
    locks: locks === undefined ? undefined : policies.breaker('locks'),
    queue: queue === undefined ? undefined : policies.breaker('queue'),
  }
  const guarded = {
    store: new ResilientStore(store, policies.guard('store', circuits.store)),
    ...(journal !== undefined && {
      journal: new ResilientJournal(journal, policies.guard('journal', circuits.journal)),
    }),
    ...(locks !== undefined && { locks: new ResilientLocks(locks, policies.guard('locks', circuits.locks)) }),
    ...(queue !== undefined && { queue: new ResilientQueue(queue, policies.guard('queue', circuits.queue)) }),
  }
  const health = async (): Promise<BackendHealth> => withCircuits(await backend.health(), circuits)
  const close = (): Promise<void> => {
    for (const circuit of circuitsOf(circuits)) circuit.stop()
    return backend.close()
  }
  return { ...backend, ...guarded, circuits, health, close }
}

/** Makes the policies for each part of a backend; the stock of retries is one for all. */
class BackendPolicies {
  readonly #backend: Backend
  readonly #options: ResilientOptions
  readonly #time: Pick<ResilientOptions, 'clock' | 'random'>
  readonly #retry: Policy | undefined

  constructor(backend: Backend, options: ResilientOptions) {
    const { clock, random, retry = {} } = options
    this.#backend = backend
    this.#options = options
    this.#time = { ...(clock !== undefined && { clock }), ...(random !== undefined && { random }) }
    if (retry !== false) checkOptions(retry, 'retry')
    this.#retry = retry === false ? undefined : new Retry({ ...this.#time, ...RETRY, ...retry })
  }

  breaker(part: string): CircuitBreaker | undefined {
    const { breaker = {} } = this.#options
    if (breaker === false) return undefined
    checkOptions(breaker, 'breaker')
    const name = `${part} of ${breaker.name ?? this.#backend.name}`
    return circuitBreaker({ ...this.#time, probe: () => assertUp(this.#backend), ...breaker, name })
  }

  guard(part: string, breaker: CircuitBreaker | undefined): Guard {
    const { timeout = '400ms', bulkhead = false } = this.#options
    const attempt = [
      breaker,
      timeout === false ? undefined : makeTimeout(timeout, this.#time.clock),
      bulkhead === false ? undefined : new Bulkhead(bulkhead),
    ]
    return new Guard(`${part} of ${this.#backend.name}`, {
      retry: this.#retry,
      attempt: attempt.filter((policy) => policy !== undefined),
    })
  }
}

/** The probe of a backend's circuits: no reader pays for finding out that it is still down. */
async function assertUp(backend: Backend): Promise<void> {
  const { status, reasons = [] } = await backend.health()
  if (status === 'down') throw new StoreUnavailableError(`${backend.name} is down: ${reasons.join('; ')}`)
}

function withCircuits(found: BackendHealth, circuits: Circuits): BackendHealth {
  const reasons = circuitsOf(circuits).flatMap((circuit) => circuit.healthReasons())
  if (reasons.length === 0) return found
  const status = found.status === 'down' ? 'down' : 'degraded'
  return { ...found, status, reasons: [...(found.reasons ?? []), ...reasons] }
}

function circuitsOf({ store, journal, locks, queue }: Circuits): readonly CircuitBreaker[] {
  return [store, journal, locks, queue].filter((circuit) => circuit !== undefined)
}
