import type { EntryHead } from './entry/entry.ts'
import { ReentrantLoadError } from './errors/reentrant-load-error.ts'
import { fill } from './fill.ts'
import { currentFlight } from './flight/current-flight.ts'
import type { Flight } from './flight/flight.ts'
import type { Flights } from './flight/flights.ts'
import { recordItem } from './key/cache-key.ts'
import { judgeFound, keepNear, lookNear } from './look.ts'
import type { Look } from './look.ts'
import type { Item } from './l1/item.ts'
import type { Found } from './l2/far.ts'
import type { Outcome, ValueOutcome } from './observe/outcome.ts'
import type { CacheParts, ReadRequest } from './parts.ts'
import { isDue } from './policy/refresh-ahead.ts'
import { refresh } from './refresh.ts'

/** A read without a loader: its key, policy and signal. */
export type LookRequest = Pick<ReadRequest<never>, 'key' | 'policy' | 'signal' | 'pass'>

/** START HERE. Reads a key, and loads it if it is not there: this process' memory, then the flight of the key, then the far half. */
export function readThrough<T>(parts: CacheParts<T>, request: ReadRequest<T>): Promise<Outcome<T>> {
  const near = request.policy.fresh ? undefined : lookNear(parts, request.key)
  if (near !== undefined) request.pass?.()
  if (near?.kind === 'fresh') {
    refreshIfDue(parts, request, near.item.entry)
    return Promise.resolve(report(parts, request.key, fromNear(near.item)))
  }
  if (near?.kind === 'stale') return reportStale(parts, request, fromNear(near.item, 'revalidating'))
  return share(parts, request, {
    flights: parts.near.loads,
    work: (flight) => fill(parts, request, flight),
  }).then((outcome) => {
    if (outcome.kind === 'value' && outcome.state === 'stale' && outcome.reason === 'revalidating')
      return reportStale(parts, request, outcome)
    if (outcome.kind === 'value' && outcome.source === 'l2') refreshIfDue(parts, request, outcome.entry)
    return report(parts, request.key, outcome)
  })
}

async function reportStale<T>(
  parts: CacheParts<T>,
  request: ReadRequest<T>,
  old: ValueOutcome<T>,
): Promise<Outcome<T>> {
  return report(parts, request.key, await serveStale(parts, request, old))
}

/** Reads keys without loading them, in one request to the store. One that cannot be reached has nothing. */
export function look<T>(
  parts: CacheParts<T>,
  request: Omit<LookRequest, 'key'>,
  keys: readonly string[],
): readonly Promise<Outcome<T>>[] {
  const { policy, signal } = request
  const far: string[] = []
  let found: Promise<readonly Found[]> | undefined
  return keys.map((key) => {
    const near = policy.fresh ? undefined : lookNear(parts, key)
    if (near !== undefined)
      return Promise.resolve(fromNear(near.item, near.kind === 'stale' ? 'revalidating' : undefined))
    return share(
      parts,
      { key, policy, signal },
      {
        flights: parts.near.looks,
        work: async (flight) => {
          const index = far.push(key) - 1
          // The first flight sends the request once all of this call's flights have added their keys.
          found ??= Promise.resolve().then(() => parts.far.lookMany(far, policy.storeTimeoutMs))
          return lookOutcome(
            parts,
            flight,
            await judgeFound<T>(parts, { key, found: (await found)[index] as Found }, policy),
          )
        },
      },
    )
  })
}

function lookOutcome<T>(parts: CacheParts<T>, flight: Flight<Outcome<T>>, found: Look<T>): Outcome<T> {
  if (found.kind === 'miss' || found.kind === 'down') return { kind: 'absent' }
  const value = { kind: 'value', handout: found.handout, source: 'l2', entry: found.entry } as const
  if (found.kind === 'invalidated') return { ...value, state: 'stale', reason: 'invalidated' }
  keepNear(parts, flight, found)
  return found.state === 'fresh' ? { ...value, state: 'fresh' } : { ...value, state: 'stale', reason: 'revalidating' }
}

/** Serves a stale value, with its refresh behind it: at once, or after the soft timeout if the refresh takes longer. */
export async function serveStale<T>(
  parts: CacheParts<T>,
  request: ReadRequest<T>,
  old: ValueOutcome<T>,
): Promise<Outcome<T>> {
  if (old.entry === undefined) return old
  const flight = refresh(parts, request, old.entry.id)
  const { softTimeoutMs } = request.policy
  if (flight === undefined || softTimeoutMs === 0) return old
  const waited = await withinSoftTimeout(parts, flight.wait(request.signal), softTimeoutMs)
  return waited?.kind === 'value' ? waited : old
}

/** Refreshes a fresh value behind its reader's back, if the policy finds it due. */
export function refreshIfDue<T>(parts: CacheParts<T>, request: ReadRequest<T>, entry: EntryHead | undefined): void {
  const { refreshAhead } = request.policy
  if (entry === undefined || refreshAhead.kind === 'never') return
  const span = { softAt: entry.softAt, ttlMs: entry.softAt - entry.birth }
  const read = { now: parts.clock.now(), loadMs: parts.loadTime.ms, chance: () => parts.random.fraction() }
  if (isDue(span, refreshAhead, read)) refresh(parts, request, entry.id)
}

/** Reports what a read came to; the answer is the outcome itself. */
export function report<T>(parts: CacheParts<T>, key: string, outcome: Outcome<T>): Outcome<T> {
  parts.observer.read(key, outcome)
  return outcome
}

/** Joins the flight of the key, or starts one. A `fresh` read joins none: it must not get what was read before it came. */
function share<T>(
  parts: CacheParts<T>,
  request: LookRequest,
  how: { readonly flights: Flights<Outcome<T>>; readonly work: (flight: Flight<Outcome<T>>) => Promise<Outcome<T>> },
): Promise<Outcome<T>> {
  const { key, policy, signal } = request
  const lenient = policy.staleAfterInvalidation
  const found = policy.fresh ? undefined : how.flights.find(key, lenient)
  const running = joinable(parts, found)
  if (running !== undefined) {
    parts.observer.coalesced()
    request.pass?.()
  }
  const flight = running ?? how.flights.start(key, lenient, how.work)
  if (running === undefined && !parts.node.hears) flight.joinableUntil = parts.clock.monotonic() + parts.node.joinableMs
  const caller = currentFlight()
  if (caller === undefined) return flight.wait(signal)
  return waitInside(caller, flight as Flight<unknown>, recordItem(parts.name, key)).then(() => flight.wait(signal))
}

/** The flight, unless it has been under way for so long that an invalidation which nobody told this node of must be visible by now. */
function joinable<R>(parts: Pick<CacheParts<unknown>, 'clock'>, flight: Flight<R> | undefined): Flight<R> | undefined {
  if (flight === undefined || flight.joinableUntil === Infinity) return flight
  return parts.clock.monotonic() < flight.joinableUntil ? flight : undefined
}

/** Notes that the loader of `caller` waits for `flight`, unless that would never end. */
async function waitInside(caller: Flight<unknown>, flight: Flight<unknown>, key: string): Promise<void> {
  if (flight.dependsOn(caller)) {
    throw new ReentrantLoadError(
      `the loader of ${key} waits for itself: load what it needs without this cache, or under another key`,
      { key },
    )
  }
  caller.waitsFor.add(flight)
  const done = (): boolean => caller.waitsFor.delete(flight)
  void flight.result.then(done, done)
}

function fromNear<T>(item: Item<T>, reason?: 'revalidating'): ValueOutcome<T> {
  const value = { kind: 'value', handout: item.handout, source: 'l1', entry: item.entry } as const
  return reason === undefined ? { ...value, state: 'fresh' } : { ...value, state: 'stale', reason }
}

/** The refreshed value, or `undefined` if it is late or failed. */
function withinSoftTimeout<T>(
  parts: CacheParts<T>,
  refreshed: Promise<Outcome<T>>,
  ms: number,
): Promise<Outcome<T> | undefined> {
  return new Promise((resolve) => {
    const timer = parts.clock.after(ms, () => resolve(undefined))
    refreshed.then(
      (outcome) => {
        timer.cancel()
        resolve(outcome)
      },
      () => {
        timer.cancel()
        resolve(undefined)
      },
    )
  })
}
