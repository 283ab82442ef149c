import { memory } from '@larder/core'
import type { Backend, Clock, Random } from '@larder/core'
import type { Journal, TailListener } from '@larder/core/contracts'

/** What is out of order, and how. */
export interface Weather {
  mode: 'up' | 'reject' | 'hang'
  parts: readonly ('store' | 'journal')[]
}

/** A server for several nodes, in memory: its journal travels, so that nodes must prove that they are up to date. */
export class Server {
  readonly backend: Backend
  readonly #clock: Clock

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.backend = memory({ clock, random })
  }

  /** One node's way to it, which can be cut. Pushes are lost while it is. */
  link(): Backend & { readonly journal: Journal; readonly weather: Weather; readonly calls: string[] } {
    const weather: Weather = { mode: 'up', parts: ['store', 'journal'] }
    const calls: string[] = []
    const { store, journal } = this.backend as Backend & { readonly journal: Journal }
    const pass = <O extends object>(part: 'store' | 'journal', target: O): O =>
      new Proxy(target, {
        get: (_, name) => {
          if (name === 'manifest') return part === 'journal' ? { delivery: 'remote' } : store.manifest
          if (name === 'tail') return this.#tail(journal, weather)
          const member = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
          return (...args: unknown[]): Promise<unknown> => {
            calls.push(`${part}.${String(name)}`)
            if (weather.mode === 'up' || !weather.parts.includes(part)) return Reflect.apply(member, target, args)
            return weather.mode === 'hang' ? new Promise(() => {}) : Promise.reject(new Error('ECONNREFUSED'))
          }
        },
      })
    return {
      name: 'server',
      weather,
      calls,
      store: pass('store', store),
      journal: pass('journal', journal),
      health: () => this.#health(weather),
      close: async () => {},
    }
  }

  #tail(journal: Journal, weather: Weather): Journal['tail'] {
    return (namespace, listener: TailListener) =>
      journal.tail(namespace, {
        record: (record) => weather.mode === 'up' && listener.record(record),
        resync: () => listener.resync(),
      })
  }

  /** As an adapter's: never rejects, and answers within a deadline of its own. */
  async #health(weather: Weather): ReturnType<Backend['health']> {
    if (weather.mode === 'up') return { status: 'healthy', latencyMs: 0 }
    if (weather.mode === 'hang') await new Promise<void>((resolve) => this.#clock.after(1_000, resolve))
    return { status: 'down', reasons: ['ECONNREFUSED'] }
  }
}
