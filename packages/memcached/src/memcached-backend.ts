import type { Backend, BackendHealth, Clock, Journal, Random } from '@larder/core/contracts'
import { Calls } from './calls.ts'
import { Server } from './client/server.ts'
import { MarkJournal } from './mark-journal.ts'
import { MemcachedStore } from './memcached-store.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { Servers } from './servers.ts'

/** A {@link Backend} over Memcached. */
export interface MemcachedBackend extends Backend {
  /** Of the backend given as `journal`; else one that keeps marks only, and tells nobody of anything. */
  readonly journal: Journal
}

/** Puts a {@link MemcachedBackend} together. */
export function memcachedBackend(
  options: ResolvedOptions,
  parts: { readonly clock: Clock; readonly random: Random },
): MemcachedBackend {
  const { clock, random } = parts
  const servers = new Servers(options.addresses.map((address) => new Server(address, { ...options, ...parts })))
  const calls = new Calls({ timeoutMs: options.timeoutMs, clock })
  const journal = options.journal?.journal ?? new MarkJournal({ servers, calls, clock, random })
  let closing: Promise<void> | undefined

  const health = async (): Promise<BackendHealth> => {
    const start = clock.monotonic()
    const pings = servers.all.map((server) =>
      calls.run(server, 'mn', (exchange) => exchange.send({ line: 'mn', plain: 'line' })),
    )
    const [results, behind] = await Promise.all([Promise.allSettled(pings), options.journal?.health()])
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as Error).message] : [],
    )
    if (reasons.length === results.length) return { status: 'down', reasons }
    const all = [...reasons, ...(behind === undefined ? [] : journalReasons(behind))]
    const latencyMs = clock.monotonic() - start
    return all.length === 0 ? { status: 'healthy', latencyMs } : { status: 'degraded', latencyMs, reasons: all }
  }
  const close = async (): Promise<void> => {
    servers.close()
    await options.journal?.close()
  }
  const store = new MemcachedStore({ servers, calls, clock })
  return { name: 'memcached', store, journal, health, close: () => (closing ??= close()) }
}

function journalReasons({ status, reasons = [] }: BackendHealth): readonly string[] {
  return status === 'healthy' ? [] : [`the journal's backend is ${status}`, ...reasons]
}
