import type { Backend } from '@larder/core'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCityCaches } from './city-caches.ts'
import type { CityCaches } from './city-caches.ts'
import type { CitySource } from './city-source.ts'
import type { Change, DemoNode, Mode, Sightings, TierCounts } from './demo-node.ts'
import type { Request } from './make-requests.ts'
import { watchValue } from './watch-value.ts'

/** Requests that a node works on at a time. */
const WORKERS = 8

/** A node in this process. */
export class CityNode implements DemoNode {
  readonly #source: CitySource
  readonly #caches: CityCaches
  #sightings: Promise<Sightings> | undefined

  constructor(source: CitySource, backend: Backend) {
    this.#source = source
    this.#caches = createCityCaches(source, backend)
  }

  get caches(): CityCaches {
    return this.#caches
  }

  async ready(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { live, backend, reasons } = await this.#caches.manager.health()
      if (live && backend.status === 'healthy') return
      if (attempt === 50) throw new Error(`the ${backend.name} backend is of no use: ${reasons.join('; ')}`)
      await sleep(100)
    }
  }

  /** `report` hears after each answer how many there were. */
  async answer(requests: readonly Request[], mode: Mode, report?: (answers: number) => void): Promise<Float64Array> {
    const latencies = new Float64Array(requests.length)
    let next = 0
    let answers = 0
    const worker = async (): Promise<void> => {
      while (next < requests.length) {
        const index = next++
        const request = requests[index] as Request
        const begunAt = performance.now()
        await (mode === 'with-cache' ? this.#throughCache(request) : this.#fromDatabase(request))
        latencies[index] = performance.now() - begunAt
        report?.(++answers)
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, worker))
    return latencies
  }

  async tierCounts(): Promise<TierCounts> {
    const stats = Object.values(this.#caches.manager.stats())
    const total = (name: keyof TierCounts): number => stats.reduce((sum, cache) => sum + cache[name], 0)
    return {
      l1Hits: total('l1Hits'),
      l2Hits: total('l2Hits'),
      misses: total('misses'),
      coalesced: total('coalesced'),
    }
  }

  async watch({ id, filter, newPopulation }: Change): Promise<void> {
    const { cities, lists } = this.#caches
    await Promise.all([cities.readThrough(id), lists.readThrough(filter)])
    if (cities.peek(id) === undefined || lists.peek(filter) === undefined) {
      throw new Error('the old values are not in the memory of this node, so there would be nothing to see')
    }
    const watched = Promise.all([
      watchValue(
        () => cities.readThrough(id),
        (city) => city.population === newPopulation,
      ),
      watchValue(
        () => lists.readThrough(filter),
        (list) => list.some((city) => city.id === id && city.population === newPopulation),
      ),
    ])
    this.#sightings = watched.then(([city, list]) => ({ city, list }))
    // Whoever asks for the sightings hears of a failure.
    this.#sightings.catch(() => {})
  }

  async sightings(): Promise<Sightings> {
    if (this.#sightings === undefined) throw new Error('nothing is being watched')
    return this.#sightings
  }

  async close(): Promise<void> {
    await this.#caches.manager.close()
  }

  #throughCache(request: Request): Promise<unknown> {
    const { cities, lists } = this.#caches
    return request.kind === 'city' ? cities.readThrough(request.id) : lists.readThrough(request.filter)
  }

  #fromDatabase(request: Request): Promise<unknown> {
    return request.kind === 'city' ? this.#source.findCity(request.id) : this.#source.listCities(request.filter)
  }
}
