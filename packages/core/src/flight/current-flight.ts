import { AsyncLocalStorage } from 'node:async_hooks'
import type { Flight } from './flight.ts'

const storage = new AsyncLocalStorage<Flight<unknown>>()
let running = 0

/** The flight whose loader is the caller, if the caller is inside one. */
export function currentFlight(): Flight<unknown> | undefined {
  return running === 0 ? undefined : storage.getStore()
}

/**
 * Runs a loader as part of its flight, so that what it reads is known to be waited for by it. The storage is switched off
 * while no loader runs: before Node 24 it slows every promise of the process.
 */
export async function runInside<R>(flight: Flight<unknown>, loader: () => Promise<R>): Promise<R> {
  running++
  try {
    return await storage.run(flight, loader)
  } finally {
    if (--running === 0) storage.disable()
  }
}
