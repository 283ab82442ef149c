import { setTimeout as pause } from 'node:timers/promises'
import { createCacheManager } from '@larder/core'
import type { CacheManager, Compression } from '@larder/core'
import { lz4 } from '@larder/core/lz4'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import { Redis } from 'ioredis'
import { callerLoops } from '../l2-hit/caller-loops.ts'
import type { Contender } from '../measure/contender.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Benchmark, Findings } from '../report/findings.ts'
import type { Table } from '../report/table.ts'
import { timingTable } from '../report/timing-table.ts'

/** Encoded sizes of values, in bytes, about. */
const SIZES = [1_000, 2_000, 4_000, 16_000, 64_000]
const CALLERS = 16
const KEYS = 64

/** What compressing values on their way to Redis costs, and what it saves. */
export const compression: Benchmark = {
  name: 'compression',
  question: 'What do sets and L2 hits cost with compression, against values stored as they are, and what is stored?',
  async run() {
    await using server = await startRedis()
    await using manager = createCacheManager({ l2: redis({ url: server.url }), l1: false, defaults: { ttl: '1h' } })
    while (!(await manager.health()).live) await pause(10)
    const bare = new Redis(server.url)
    const findings: Findings[] = []
    for (const size of SIZES) findings.push(await compare(manager, { size, bare }))
    await bare.quit()
    return { tables: findings.flatMap(({ tables }) => tables), verdicts: [] }
  },
}

interface Document {
  readonly id: number
  readonly rows: readonly object[]
}

async function compare(
  manager: CacheManager,
  { size, bare }: { readonly size: number; readonly bare: Redis },
): Promise<Findings> {
  const value = documentOf(size)
  const keys = Array.from({ length: KEYS }, (_, key) => `k${key}`)
  const stored: { name: string; bytes: number }[] = []
  const reads: Contender[] = []
  const writes: Contender[] = []
  for (const [name, algorithm] of algorithms()) {
    const compress = algorithm === false ? false : { algorithm, minBytes: 1 }
    const cache = manager.cache<Document>(`${name} ${size}`, { compress })
    await cache.setMany(keys.map((key) => [key, value] as const))
    stored.push({ name, bytes: await bare.strlen(`larder:{${name} ${size}:k0}`.replaceAll(' ', '%20')) })
    const read = async (key: string) => ({ id: (await cache.get(key))?.id ?? Number.NaN, name })
    const write = async (key: string) => {
      await cache.set(key, value)
      return { id: 0, name }
    }
    reads.push({ name, turn: callerLoops(read, keys, CALLERS) })
    writes.push({ name, turn: callerLoops(write, keys, CALLERS) })
  }
  const pace = { rounds: 11, turnMs: 40 }
  const label = `${size.toLocaleString('en')} bytes, ${CALLERS} callers`
  const sizes: Table = {
    title: `Stored, of ${size.toLocaleString('en')} bytes`,
    columns: [
      { field: 'name', label: '' },
      { field: 'bytes', label: 'bytes' },
    ],
    rows: stored,
  }
  const hits = timingTable(`L2 hits, ${label}`, await takeTurns(reads, pace))
  const sets = timingTable(`set, ${label}`, await takeTurns(writes, pace))
  return { tables: [sizes, hits, sets], verdicts: [] }
}

function algorithms(): readonly (readonly [string, Compression | false])[] {
  const all = ['gzip', 'brotli', ...('zstd' in process.versions ? (['zstd'] as const) : [])] as const
  return [['plain', false], ...all.map((name) => [name, name] as const), ['lz4', lz4()]]
}

/** Rows as an API answers them: names that repeat, values that do not all. */
function documentOf(bytes: number): Document {
  const rows: object[] = []
  for (let id = 0, length = 0; length < bytes; id++) {
    const row = {
      id,
      name: `user ${(id * 7919) % 1000}`,
      email: `user${(id * 31) % 977}@example.com`,
      active: id % 3 === 0,
      score: id * 1.37,
      createdAt: new Date(1.7e12 + id * 7e6).toISOString(),
      address: { city: ['Berlin', 'Paris', 'Rome', 'Oslo'][id % 4], zip: String(10_000 + ((id * 37) % 89_999)) },
    }
    rows.push(row)
    length += JSON.stringify(row).length * 0.55
  }
  return { id: bytes, rows }
}
