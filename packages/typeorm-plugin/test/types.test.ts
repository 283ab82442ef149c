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

/** Value and class of everything inside. */
function described(value: unknown): unknown {
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : value === undefined ? 'undefined' : [typeof value, value]
  const name = (Object.getPrototypeOf(value) as object | null)?.constructor.name
  if (value instanceof Date || Buffer.isBuffer(value)) return [name, JSON.stringify(value)]
  return [name, Object.fromEntries(Object.entries(value).map(([key, item]) => [key, described(item)]))]
}

describe.each(['sqljs', 'postgres', 'mariadb'] as const)('types on %s', (name) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases[name]()))
  afterAll(() => database[Symbol.asyncDispose]())

  test('#3 every type is the same without the cache, on a miss and on a hit, raw rows too', async () => {
    const schema = new EntitySchema<Mixed>({ name: 'Mixed', target: Mixed, tableName: 'mixed', columns: columns[name] })
    await using shop = await Shop.open({ ...database.options, entities: [...entities, schema] })
    const { manager } = shop.source
    const row = Object.fromEntries(
      Object.keys(columns[name]).flatMap((column) => (column in values ? [[column, values[column]]] : [])),
    )
    await manager.insert(Mixed, row as never)
    const find = (cache: boolean): Promise<unknown> => manager.find(Mixed, { where: { id: 1 }, cache })
    const raw = (cache: boolean): Promise<unknown> => manager.createQueryBuilder(Mixed, 'm').cache(cache).getRawMany()
    for (const read of [find, raw]) {
      const plain = described(await read(false))
      const cold = described(await read(true))
      const warm = await shop.counted(() => read(true))
      expect(warm.sql).toBe(0)
      expect(cold).toEqual(plain)
      expect(described(warm.value)).toEqual(plain)
    }
    expect(shop.errors).toEqual([])
  })

  test('#5 a column that comes into a query makes it another query', async () => {
    const open = (hidden: boolean): Promise<Shop> => {
      const own = { ...columns[name], hidden: { ...shared['hidden'], select: !hidden } } as Record<
        string,
        EntitySchemaColumnOptions
      >
      return Shop.open({
        ...database.options,
        entities: [
          ...entities,
          new EntitySchema<Mixed>({ name: 'Mixed', target: Mixed, tableName: 'mixed', columns: own }),
        ],
      })
    }
    await using before = await open(true)
    await before.source.manager.find(Mixed, { cache: true })
    await using after = await open(false)
    expect(await after.source.manager.find(Mixed, { cache: true })).toEqual([])
    expect(after.handle.stats().misses).toBe(1)
  })
})
