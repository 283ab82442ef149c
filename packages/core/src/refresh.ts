import { fill } from './fill.ts'
import type { Flight } from './flight/flight.ts'
import type { Outcome } from './observe/outcome.ts'
import type { CacheParts, ReadRequest } from './parts.ts'

/**
 * Replaces an entry behind its readers' backs. One refresh a key in this process, one in the fleet; one that failed is not repeated before
 * its back-off has passed. Never rejects unheard: its failure is reported, and the old value stays.
 * Answers the flight, or `undefined` while the key backs off.
 */
export function refresh<T>(
  parts: CacheParts<T>,
  request: ReadRequest<T>,
  replaces: string,
): Flight<Outcome<T>> | undefined {
  const { key } = request
  const lenient = request.policy.staleAfterInvalidation
  const running = parts.near.refreshes.find(key, lenient)
  if (running !== undefined) return running
  if (!parts.backoff.ready(key)) return undefined
  const flight = parts.near.refreshes.start(key, lenient, async (started) => {
    try {
      const outcome = await fill(parts, { ...request, replaces }, started)
      if (outcome.kind === 'value' && outcome.state === 'stale' && outcome.reason === 'loader-error')
        parts.backoff.failed(key)
      else parts.backoff.succeeded(key)
      return outcome
    } catch (error) {
      parts.backoff.failed(key)
      throw error
    }
  })
  parts.background.own(flight.result, request.waitUntil)
  return flight
}
