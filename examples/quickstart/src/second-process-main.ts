import { redis } from '@larder/redis'
import type { City } from './city.ts'
import { CityNode } from './city-node.ts'
import type { CitySource, ListedCity } from './city-source.ts'
import type { Change, Mode } from './demo-node.ts'
import { IpcCalls } from './ipc-calls.ts'
import type { Request } from './make-requests.ts'

/** The whole of the second process: a node that is told what to do, and asks for its rows, over the channel to the first. */
const calls: IpcCalls = new IpcCalls(process, {
  ready: async () => (await node).ready(),
  answer: async (requests: readonly Request[], mode: Mode) => (await node).answer(requests, mode),
  tierCounts: async () => (await node).tierCounts(),
  watch: async (change: Change) => (await node).watch(change),
  sightings: async () => (await node).sightings(),
  close: async () => (await node).close(),
})

const rows: CitySource = {
  findCity: async (id) => (await calls.call('findCity', id)) as City,
  listCities: async (filter) => (await calls.call('listCities', filter)) as readonly ListedCity[],
}

const node = calls.call('redisUrl').then((url) => new CityNode(rows, redis({ url: url as string })))

// However the first process ends, this one ends with it. A Ctrl-C reaches both: the first decides.
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
