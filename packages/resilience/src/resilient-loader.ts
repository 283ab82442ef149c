import type { Clock, Duration, HealthReporter, Random } from '@larder/core'
import { circuitBreaker } from './breaker/circuit-breaker.ts'
import type { CircuitBreaker, CircuitBreakerOptions } from './breaker/circuit-breaker.ts'
import { Bulkhead } from './limits/bulkhead.ts'
import type { BulkheadOptions } from './limits/bulkhead.ts'
import { RateLimit } from './limits/rate-limit.ts'
import type { RateLimitOptions } from './limits/rate-limit.ts'
import { checkOptions, checkTime } from './policy/check-options.ts'
import { makeTimeout } from './policy/timeout.ts'
import { wrapPolicies } from './policy/wrap.ts'
import { Retry } from './retry/retry.ts'
import type { RetryOptions } from './retry/retry.ts'

/** Options of {@link resilientLoader}. A policy that is not given is not applied; `{}` applies one with its defaults. */
export interface ResilientLoaderOptions {
  /** Names the source, in errors and in `health()`. Default `'source'`. */
  readonly name?: string
  /** Repeats a call that failed: only for what may be done twice, as loaders may, and writers only if they say so. */
  readonly retry?: RetryOptions
  /** Stops calling a source that mostly fails. */
  readonly breaker?: CircuitBreakerOptions
  /** How long one attempt may take, its wait for the limits below included. */
  readonly timeout?: Duration
  /** Bounds how many calls begin in a time. */
  readonly rateLimit?: RateLimitOptions
  /** Bounds how many calls run at once. */
  readonly bulkhead?: BulkheadOptions
  /** For all policies that are not given one of their own. Default: the machine's. */
  readonly clock?: Clock
  /** Likewise. */
  readonly random?: Random
}

/** A loader or writer under policies. */
export type ResilientLoader<Args extends readonly unknown[], R> = ((...args: Args) => Promise<Awaited<R>>) &
  HealthReporter & {
    /** Present with the option `breaker`. */
    readonly circuit: CircuitBreaker | undefined
  }

/**
 * Puts policies around a loader or writer of a cache: `load`, `loadMany` or `write`, whichever its arguments. Its `signal` also aborts when an
 * attempt is given up. While the circuit is open, a cache serves stale values within `grace`, and rejects with `CircuitOpenError` where it has
 * none; `health()` says so.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function resilientLoader<Args extends readonly unknown[], R>(
  loader: (...args: Args) => R,
  options: ResilientLoaderOptions,
): ResilientLoader<Args, R> {
  if (typeof loader !== 'function') throw new TypeError(`the loader must be a function, got ${typeof loader}`)
  checkTime(options)
  const { name = 'source', timeout, rateLimit, bulkhead, breaker, retry, clock, random } = options
  const time = { ...(clock !== undefined && { clock }), ...(random !== undefined && { random }) }
  if (breaker !== undefined) checkOptions(breaker, 'breaker')
  if (retry !== undefined) checkOptions(retry, 'retry')
  if (rateLimit !== undefined) checkOptions(rateLimit, 'rateLimit')
  const circuit = breaker === undefined ? undefined : circuitBreaker({ ...time, name, ...breaker })
  const policies = [
    retry === undefined ? undefined : new Retry({ ...time, ...retry }),
    circuit,
    timeout === undefined ? undefined : makeTimeout(timeout, clock),
    rateLimit === undefined ? undefined : new RateLimit({ ...time, ...rateLimit }),
    bulkhead === undefined ? undefined : new Bulkhead(bulkhead),
  ]
  const executor = wrapPolicies(policies.filter((policy) => policy !== undefined))
  const call = async (...args: Args): Promise<Awaited<R>> =>
    await executor.execute(({ signal }) => loader(...withSignal(args, signal)), signalOf(args.at(-1)))
  return Object.assign(call, { circuit, healthReasons: () => circuit?.healthReasons() ?? [] })
}

/** The signal in the context that a cache gives as the last argument, if there is one. */
function signalOf(context: unknown): AbortSignal | undefined {
  if (typeof context !== 'object' || context === null) return undefined
  const signal: unknown = Reflect.get(context, 'signal')
  return signal instanceof AbortSignal ? signal : undefined
}

function withSignal<Args extends readonly unknown[]>(args: Args, signal: AbortSignal): Args {
  const context = args.at(-1)
  if (signalOf(context) === undefined) return args
  return [...args.slice(0, -1), { ...(context as object), signal }] as unknown as Args
}
