import { createCacheManager, jsonCodec } from '@larder/core'
import type { Invalidation } from '@larder/core'
import { SeededRandom } from '@larder/testing'
import { redis } from '../../src/index.ts'
import type { RedisOptions } from '../../src/index.ts'
import { Dice } from './dice.ts'
import { errorCode } from './error-code.ts'
import { LIMITS } from './limits.ts'
import type { Inspection, NodeEvent, Order, Report } from './messages.ts'
import { monotonic } from './monotonic.ts'
import { NodeCaches } from './node-caches.ts'
import { Reads } from './reads.ts'
import { SUBJECTS } from './subjects.ts'

/** One node of a chaos run: a process of its own, told what to do by its parent, and reading all the time. Arguments: where the server is, as JSON, and a seed. */
const [connection, seed] = process.argv.slice(2).map((word) => JSON.parse(word) as unknown) as [RedisOptions, number]

let events: NodeEvent[] = []
let orders = 0

function tell(report: Report): void {
  // The parent may be gone; then this process goes as well.
  if (process.connected) process.send?.(report, undefined, undefined, () => {})
}

const note = (event: NodeEvent): void => void events.push(event)
const trouble = (text: string): void => tell({ kind: 'trouble', text })

process.on('unhandledRejection', (reason) => trouble(`unhandledRejection: ${describe(reason)}`))
process.on('uncaughtException', (error) => trouble(`uncaughtException: ${describe(error)}`))
process.on('disconnect', () => process.exit(0))

const manager = createCacheManager({
  namespace: LIMITS.namespace,
  l2: redis({ ...connection, timeoutMs: LIMITS.storeMs, journalLength: 500 }),
  heartbeat: LIMITS.heartbeatMs,
  defaults: {
    codec: jsonCodec,
    ttl: '10m',
    waitForLoad: LIMITS.waitForLoadMs,
    timeouts: { store: LIMITS.storeMs, hard: '20s' },
  },
  onError: (error) => {
    if (errorCode(error) === undefined) trouble(`onError got ${describe(error)}`)
  },
})
const source = new Map<number, (order: Extract<Order, { kind: 'loaded' }>) => void>()
let asked = 0

function ask(report: (id: number) => Report): Promise<Extract<Order, { kind: 'loaded' }>> {
  const id = ++asked
  return new Promise((resolve) => {
    source.set(id, resolve)
    tell(report(id))
  })
}

const caches = new NodeCaches(manager, async (subjects) => {
  const { cargos } = await ask((id) => ({ kind: 'load', id, subjects }))
  return cargos
})
const bursts = manager.cache<number>('burst', {
  load: async (key) => (await ask((id) => ({ kind: 'burst-load', id, key }))).id,
})
const reads = new Reads({ caches, dice: new Dice(new SeededRandom(seed)), note })

manager.subscribeInvalidations((invalidation) => {
  note({ kind: 'heard', at: monotonic(), what: contentOf(invalidation) })
  // What comes back between a record and the store's own change stays for good: it is met by a read at this very instant.
  reads.probe(subjectsOf(invalidation))
})

async function invalidate(order: Extract<Order, { kind: 'invalidate' }>): Promise<void> {
  orders++
  const from = monotonic()
  const ended = (error?: unknown): void => {
    const to = monotonic()
    tell({ kind: 'settled', op: order.op, from, to, ...(error === undefined ? {} : { error: nameOf(error) }) })
    orders--
    // What another process may have brought in between is met by the first read after the call.
    reads.probe(order.subjects)
  }
  const work = caches.invalidate(order)
  reads.probe(order.subjects)
  await work.then(() => ended(), ended)
}

async function burst({ id, key, readers }: Extract<Order, { kind: 'burst' }>): Promise<void> {
  const errors = (): number => bursts.stats().storeErrors
  const before = errors()
  const values = await Promise.all(Array.from({ length: readers }, () => bursts.readThrough(key)))
  if (new Set(values).size !== 1) trouble(`${readers} readers of ${key} got ${[...new Set(values)].join()}`)
  tell({ kind: 'burst-done', id, storeErrors: errors() - before })
}

async function inspect(): Promise<Inspection> {
  const { live } = await manager.health()
  return { live, pending: reads.pending + orders, ...(await caches.inspect()) }
}

process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'invalidate':
      void invalidate(order)
      break
    case 'loaded':
      source.get(order.id)?.(order)
      source.delete(order.id)
      break
    case 'burst':
      void burst(order)
      break
    case 'inspect':
      void inspect().then((inspection) => tell({ kind: 'inspected', id: order.id, inspection }))
      break
    case 'quiet':
      reads.stop()
      break
    case 'end':
      clearInterval(turning)
      clearInterval(telling)
      void manager.close().then(() => process.disconnect())
  }
})

let turned = monotonic()
const turning = setInterval(() => {
  const now = monotonic()
  if (now - turned > 60) note({ kind: 'lag', from: turned, to: now })
  turned = now
}, 20)
const telling = setInterval(() => {
  if (events.length > 0) tell({ kind: 'events', events })
  events = []
}, 100)

/** An invalidation as the parent compares it with what was called. */
function contentOf(invalidation: Invalidation): string {
  switch (invalidation.kind) {
    case 'keys':
      return `keys ${invalidation.keys.map((key) => `${invalidation.cache}:${key}`).join()}`
    case 'tags':
      return `tags ${invalidation.tags.join()}`
    case 'cache':
      return `cache ${invalidation.cache}`
    case 'reset':
      return 'reset'
  }
}

/** Subjects that it may concern. */
function subjectsOf(invalidation: Invalidation): readonly number[] {
  const concerned = SUBJECTS.filter(({ cache, key }) => {
    if (invalidation.kind === 'keys') return invalidation.cache === cache && invalidation.keys.includes(key)
    if (invalidation.kind === 'cache') return invalidation.cache === cache
    return invalidation.kind === 'reset' || cache === 'named' || cache === 'late'
  })
  return concerned.map(({ index }) => index)
}

function nameOf(error: unknown): string {
  return errorCode(error) ?? describe(error)
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

reads.start()
tell({ kind: 'ready' })
