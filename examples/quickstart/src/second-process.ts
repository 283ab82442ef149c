import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { CitySource, ListFilter } from './city-source.ts'
import type { Change, DemoNode, Mode, Sightings, TierCounts } from './demo-node.ts'
import { IpcCalls } from './ipc-calls.ts'
import type { Request } from './make-requests.ts'

/** A node in a process of its own, which runs `second-process-main.ts`. It shares the Redis at `url`, and asks this process for its rows. */
export class SecondProcess implements DemoNode {
  readonly #child: ChildProcess
  readonly #calls: IpcCalls

  constructor(source: CitySource, url: string) {
    this.#child = fork(new URL('./second-process-main.ts', import.meta.url), [], { serialization: 'advanced' })
    this.#calls = new IpcCalls(this.#child, {
      redisUrl: async () => url,
      findCity: (id: number) => source.findCity(id),
      listCities: (filter: ListFilter) => source.listCities(filter),
    })
  }

  async ready(): Promise<void> {
    await once(this.#child, 'spawn')
    await this.#calls.call('ready')
  }

  async answer(requests: readonly Request[], mode: Mode): Promise<Float64Array> {
    return (await this.#calls.call('answer', requests, mode)) as Float64Array
  }

  async tierCounts(): Promise<TierCounts> {
    return (await this.#calls.call('tierCounts')) as TierCounts
  }

  async watch(change: Change): Promise<void> {
    await this.#calls.call('watch', change)
  }

  async sightings(): Promise<Sightings> {
    return (await this.#calls.call('sightings')) as Sightings
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    await this.#calls.call('close').catch(() => {})
    if (this.#child.connected) this.#child.disconnect()
    await exited
  }
}
