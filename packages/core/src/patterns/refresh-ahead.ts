import type { CacheParts, ReadRequest } from '../parts.ts'
import type { Outcome } from '../observe/outcome.ts'
import { look, readThrough } from '../read.ts'
import { refresh } from '../refresh.ts'

/**
 * What `refreshAhead` came to. `not-due`: the value is good for long enough. `refreshed`: there is a new one. `loading-elsewhere`: another process
 * is making it. `superseded`: the key was invalidated or written meanwhile. `nothing`: the loader found nothing to cache. `failed`: the
 * loader failed now or a moment ago; the old value stays.
 */
export type Refreshed = 'not-due' | 'refreshed' | 'loading-elsewhere' | 'superseded' | 'nothing' | 'failed'

/**
 * Reloads a value that is stale, missing, or fresh for no longer than `beforeMs`, and waits for it.
 * Rejects with the loader's own error only if there is no old value to keep.
 */
export async function refreshAhead<T>(
  parts: CacheParts<T>,
  request: ReadRequest<T>,
  beforeMs: number,
): Promise<Refreshed> {
  const [found] = await Promise.all(look(parts, request, [request.key]))
  if (found?.kind !== 'value' || found.entry === undefined) return made(await readThrough(parts, request))
  if (found.state === 'fresh' && found.entry.softAt - parts.clock.now() > beforeMs) return 'not-due'
  const flight = refresh(parts, request, found.entry.id)
  return flight === undefined ? 'failed' : made(await flight.wait(request.signal))
}

function made<T>(outcome: Outcome<T>): Refreshed {
  if (outcome.kind === 'absent') return 'nothing'
  if (outcome.state === 'fresh') return outcome.entry === undefined ? 'superseded' : 'refreshed'
  return outcome.reason === 'loading-elsewhere' ? 'loading-elsewhere' : 'failed'
}
