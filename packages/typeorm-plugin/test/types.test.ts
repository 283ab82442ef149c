import { createCacheManager } from '@larder/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EntitySchema } from 'typeorm'
import type { EntitySchemaColumnOptions } from 'typeorm'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { entities } from './entities.ts'
import { Shop } from './shop.ts'

class Mixed {
  id!: number;
  [column: string]: unknown
}

const upper = {
  to: (value: unknown) => value,
  from: (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value),
}
const shared: Record<string, EntitySchemaColumnOptions> = {
  id: { type: Number, primary: true, generated: true },
  transformed: { type: String, nullable: true, transformer: upper },
  nothing: { type: String, nullable: true },
  hidden: { type: String, nullable: true, select: false },
}

const columns: Readonly<Record<'sqljs' | 'postgres' | 'mariadb', Record<string, EntitySchemaColumnOptions>>> = {
  sqljs: {
    ...shared,
    bytes: { type: 'blob' },
    at: { type: 'datetime' },
    json: { type: 'simple-json' },
    real: { type: 'real' },
    big: { type: 'bigint' },
    list: { type: 'simple-array' },
  },
  postgres: {
    ...shared,
    big: { type: 'bigint' },
    decimal: { type: 'numeric' },
    bytes: { type: 'bytea' },
    at: { type: 'timestamptz' },
    day: { type: 'date' },
    time: { type: 'time' },
    interval: { type: 'interval' },
    json: { type: 'jsonb' },
    point: { type: 'point' },
    dates: { type: 'timestamptz', array: true },
    numbers: { type: 'int', array: true },
    float: { type: 'float8' },
    uuid: { type: 'uuid' },
    flag: { type: 'boolean' },
  },
  mariadb: {
    ...shared,
    big: { type: 'bigint' },
    decimal: { type: 'decimal', precision: 10, scale: 3 },
    bytes: { type: 'varbinary', length: 20 },
    at: { type: 'datetime', precision: 3 },
    day: { type: 'date' },
    json: { type: 'simple-json' },
    double: { type: 'double' },
    flag: { type: 'boolean' },
  },
}

const values: Readonly<Record<string, unknown>> = {
  transformed: 'small',
  nothing: null,
  hidden: 'h',
  big: '9007199254740993',
  decimal: '1.100',
  bytes: Buffer.from([0, 255, 7]),
  at: new Date('2026-01-02T03:04:05.678Z'),
  day: '2026-01-02',
  time: '03:04:05',
  interval: '1 day 2 hours',
  json: { a: [1, null, 'x'], nested: { deep: true } },
  point: '(1,2)',
  dates: [new Date(9), new Date(10)],
  numbers: [1, 2],
  float: Number.NaN,
  real: 1.5,
  double: 0.1,
  uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  flag: true,
  list: ['a', 'b'],
}

/** What is easily lost on the way. */
const extremes: Readonly<Record<string, unknown>> = {
  transformed: '',
  big: '-9223372036854775808',
  decimal: '-0.000',
  bytes: Buffer.alloc(0),
  at: new Date(0),
  day: '0001-01-01',
  time: '00:00:00.000001',
  interval: '-1 mon -00:00:00.5',
  json: [],
  dates: [],
  numbers: [0, -1],
  float: -0,
  real: -0,
  double: -0,
  flag: false,
  list: [],
}
const infinite: Readonly<Record<string, unknown>> = { float: Number.NEGATIVE_INFINITY, decimal: 'NaN' }

/** Value and class of everything inside. */
function described(value: unknown): unknown {
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : value === undefined ? 'undefined' : [typeof value, value]
  const name = (Object.getPrototypeOf(value) as object | null)?.constructor.name
  if (value instanceof Date || Buffer.isBuffer(value)) return [name, JSON.stringify(value)]
  return [name, Object.fromEntries(Object.entries(value).map(([key, item]) => [key, described(item)]))]
}

function nullable(all: Record<string, EntitySchemaColumnOptions>): Record<string, EntitySchemaColumnOptions> {
  return Object.fromEntries(
    Object.entries(all).map(([column, how]) => [column, how.primary === true ? how : { ...how, nullable: true }]),
  )
}

describe.each(['sqljs', 'postgres', 'mariadb'] as const)('types on %s', (name) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases[name]()))
  afterAll(() => database[Symbol.asyncDispose]())

  test('#3 every type is the same without the cache, on a miss and on a hit, raw rows too', async () => {
    const schema = new EntitySchema<Mixed>({
      name: 'Mixed',
      target: Mixed,
      tableName: 'mixed',
      columns: nullable(columns[name]),
    })
    await using shop = await Shop.open({ ...database.options, entities: [...entities, schema] })
    const { manager } = shop.source
    const row = (of: Readonly<Record<string, unknown>>): object =>
      Object.fromEntries(Object.keys(columns[name]).flatMap((column) => (column in of ? [[column, of[column]]] : [])))
    for (const one of [values, extremes, name === 'postgres' ? infinite : {}]) await manager.insert(Mixed, row(one))
    // Drivers send it as 0.
    if (name === 'postgres') await manager.query(`UPDATE mixed SET float = '-0' WHERE id = 2`)
    const find = (cache: boolean): Promise<unknown> => manager.find(Mixed, { order: { id: 'ASC' }, cache })
    const raw = (cache: boolean): Promise<unknown> => manager.createQueryBuilder(Mixed, 'm').cache(cache).getRawMany()
    for (const read of [find, raw]) {
      const plain = described(await read(false))
      const cold = described(await read(true))
      const warm = await shop.counted(() => read(true))
      expect(warm.sql).toBe(0)
      expect(cold).toEqual(plain)
      expect(described(warm.value)).toEqual(plain)
      if (name === 'postgres') expect(JSON.stringify(plain)).toContain('"-0"')
    }
    expect(shop.errors).toEqual([])
  })

  test('#5 a column that comes into a query, or into the table, makes old answers misses', async () => {
    if (name === 'sqljs') return
    await using caches = createCacheManager()
    const open = (more: Record<string, EntitySchemaColumnOptions>, fill: boolean): Promise<Shop> => {
      const own = { id: shared['id'], nothing: shared['nothing'], hidden: shared['hidden'], ...more }
      const schema = new EntitySchema<Mixed>({
        name: 'Mixed',
        target: Mixed,
        tableName: 'mixed',
        columns: own as Record<string, EntitySchemaColumnOptions>,
      })
      return Shop.open({ ...database.options, entities: [...entities, schema] }, { cache: caches }, { fill })
    }
    await using before = await open({}, true)
    await before.source.manager.insert(Mixed, { nothing: 'seen', hidden: 'unseen' })
    const find = (shop: Shop): Promise<Mixed[]> => shop.source.manager.find(Mixed, { cache: true })
    const raw = (shop: Shop): Promise<object[]> =>
      shop.source.manager.createQueryBuilder(Mixed, 'm').select('m.nothing', 'n').cache(true).getRawMany()
    expect(await find(before)).toEqual([{ id: 1, nothing: 'seen' }])
    expect(await before.warms(() => raw(before))).toBe(true)
    await using shown = await open({ hidden: { type: String, nullable: true } }, false)
    expect(await find(shown)).toEqual([{ id: 1, nothing: 'seen', hidden: 'unseen' }])
    await using wider = await open({ added: { type: String, nullable: true, select: false } }, false)
    await raw(wider)
    expect(wider.handle.stats()).toMatchObject({ hits: 0, misses: 1 })
  })
})
