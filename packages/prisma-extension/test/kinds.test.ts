import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withCache } from '../src/index.ts'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Depot } from './depot.ts'
import type { PlainClient } from './depot.ts'
import { generated } from './generate.ts'

const PART = 'aaaaaaaa-aaaa-4000-8000-aaaaaaaaaaaa'

let made: Awaited<ReturnType<typeof generated>>
let database: TestDatabase
beforeAll(async () => {
  made = await generated('depot')
  database = await databases.pglite()
})
afterAll(async () => {
  await made[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

describe.each([
  { linked: false, schema: false },
  { linked: true, schema: false },
  { linked: false, schema: true },
  { linked: true, schema: true },
])('§6.57: a client of prisma-client-js (adapter: $linked, what larder-prisma wrote: $schema)', (how) => {
  let depot: Depot
  let prisma: PlainClient
  const warm = async (read: () => Promise<unknown>): Promise<boolean> => {
    const { info } = await depot.prisma.$cache.withInfo(read)
    return info.length > 0 && info.every(({ kind }) => kind === 'hit')
  }
  const survives = async (read: () => Promise<unknown>, change: () => Promise<unknown>): Promise<boolean> => {
    await read()
    if (!(await warm(read))) throw new Error('the query is not cached')
    await change()
    return warm(read)
  }
  const run = (model: string, operation: string, args: object): Promise<unknown> =>
    (prisma[model]?.[operation] as (args: object) => Promise<unknown>)(args)

  beforeEach(async () => {
    depot = await Depot.open(database, { folder: made.folder, ...how, options: { views: VIEWS } })
    prisma = depot.prisma as unknown as PlainClient
    await run('site', 'createMany', { data: [1, 2].map((id) => ({ id, code: `s${id}` })) })
    await run('item', 'createMany', { data: [1, 2].map((siteId) => ({ siteId, slot: 1 })) })
    await run('maker', 'createMany', { data: [1, 2].map((id) => ({ id, name: `m${id}` })) })
    await run('part', 'create', { data: { id: PART, serial: 7, siteId: 1, slot: 1, makerId: 2 } })
  })
  afterEach(async () => {
    expect(depot.errors).toEqual([])
    await depot[Symbol.asyncDispose]()
  })

  test('§6.35: an id is one id, however it is written', async () => {
    const byId = (id: string) => () => run('part', 'findMany', { where: { id }, cache: true })
    const bySerial = (serial: unknown) => () => run('part', 'findMany', { where: { serial }, cache: true })
    const change = (where: object) => () => run('part', 'update', { where, data: { weight: { increment: 1 } } })
    expect(await survives(byId(PART), change({ id: PART.toUpperCase() }))).toBe(false)
    expect(await survives(bySerial(7n), change({ serial: 7 }))).toBe(false)
    await run('move', 'create', { data: { siteId: 1, slot: 1, key: new Uint8Array([1]) } })
    const byKey = (key: number) => () => run('move', 'findUnique', { where: { key: Buffer.from([key]) }, cache: true })
    const move = () => run('move', 'update', { where: { key: new Uint8Array([1]) }, data: { at: new Date(0) } })
    expect(await survives(byKey(2), move)).toBe(true)
    expect(await survives(byKey(1), move)).toBe(false)
  })

  test('§6.35: keys of several fields, and texts with signs that tags are made of', async () => {
    const named = (name: string, country: string) => () =>
      run('maker', 'findUnique', { where: { called: { name, country } }, cache: true })
    const create = () => run('maker', 'create', { data: { id: 9, name: 'a=1,b', country: 'x:y&%|' } })
    expect(await survives(named('a=1', 'b,x:y&%|'), create)).toBe(true)
    expect(await named('a=1,b', 'x:y&%|')()).toMatchObject({ id: 9 })
    const rename = () => run('maker', 'update', { where: { id: 9 }, data: { country: '~' } })
    expect(await survives(named('a=1,b', 'x:y&%|'), rename)).toBe(false)
    expect(await named('a=1,b', 'x:y&%|')()).toBeNull()
    const item = (slot: number) => () =>
      run('item', 'findUnique', { where: { siteId_slot: { siteId: 1, slot } }, cache: true })
    const change = () => run('item', 'update', { where: { siteId_slot: { siteId: 1, slot: 1 } }, data: { qty: 3 } })
    expect(await survives(item(2), change)).toBe(true)
    expect(await survives(item(1), change)).toBe(false)
  })

  test('§6.35: a value of an enum is one value, whatever the database calls it', async () => {
    await using other = await Depot.open(database, {
      folder: made.folder,
      ...how,
      options: { models: { Item: { schemes: [['state']] } } },
    })
    const client = other.prisma as unknown as PlainClient
    const ask = (model: string, operation: string, args: object): Promise<unknown> =>
      (client[model]?.[operation] as (args: object) => Promise<unknown>)(args)
    const done = () => ask('item', 'count', { where: { state: 'DONE' }, cache: true })
    await ask('site', 'create', { data: { id: 1, code: 's', items: { create: { slot: 1, state: 'NEW' } } } })
    expect(await done()).toBe(0)
    await ask('item', 'update', { where: { siteId_slot: { siteId: 1, slot: 1 } }, data: { state: 'DONE' } })
    expect(await done()).toBe(1)
    await ask('item', 'updateMany', { where: { state: 'DONE' }, data: { state: 'OPEN' } })
    expect(await done()).toBe(0)
    await ask('item', 'create', { data: { siteId: 1, slot: 2, state: 'DONE' } })
    expect(await done()).toBe(1)
    await other.prisma.$executeRawUnsafe(`UPDATE stock.items SET state = 'NEW' WHERE state = 'done'`)
    expect(await done()).toBe(0)
  })

  test('§6.28: SET DEFAULT, and SET NULL of a key of two fields', async () => {
    const ofMaker = (makerId: number) => () => run('part', 'findMany', { where: { makerId }, cache: true })
    const inItem = () => run('part', 'findMany', { where: { siteId: 1, slot: 1 }, cache: true })
    for (const read of [ofMaker(1), ofMaker(2), inItem]) await read()
    await run('maker', 'delete', { where: { id: 2 } })
    expect(await ofMaker(1)()).toHaveLength(1)
    expect(await ofMaker(2)()).toEqual([])
    await inItem()
    await run('site', 'delete', { where: { id: 1 } })
    expect(await inItem()).toEqual([])
  })

  test('§6.28: what RESTRICT refuses changes nothing', async () => {
    await run('badge', 'create', { data: { makerId: 2 } })
    const badge = () => run('badge', 'findUnique', { where: { makerId: 2 }, cache: true })
    await badge()
    await expect(run('maker', 'delete', { where: { id: 2 } })).rejects.toThrow()
    expect(await badge()).toMatchObject({ makerId: 2 })
  })

  test('§6.21: many to many with itself, from both sides, and between different kinds of ids', async () => {
    const other = PART.replaceAll('a', 'b')
    await run('part', 'create', { data: { id: other, serial: 8 } })
    await run('keeper', 'create', { data: { id: 5n } })
    const peers = (id: string) => () =>
      run('part', 'findUnique', { where: { id }, select: { peers: true, peerOf: true }, cache: true })
    const extras = () => run('keeper', 'findUnique', { where: { id: 5 }, include: { extras: true }, cache: true })
    for (const read of [peers(PART), peers(other), extras]) await read()
    await run('part', 'update', { where: { id: PART }, data: { peers: { connect: { id: other } } } })
    expect(await peers(PART)()).toMatchObject({ peers: [{ id: other }], peerOf: [] })
    expect(await peers(other)()).toMatchObject({ peers: [], peerOf: [{ id: PART }] })
    await run('site', 'update', { where: { id: 2 }, data: { extras: { connect: { id: 5 } } } })
    expect(await extras()).toMatchObject({ extras: [{ id: 2 }] })
  })

  test.each(['join', 'query'])(
    '§6.8: what is shown along costs a hit no statement either (relationLoadStrategy: %s)',
    async (relationLoadStrategy) => {
      const include = { items: { include: { parts: { include: { maker: true } } } }, parent: true }
      const read = () => run('site', 'findMany', { relationLoadStrategy, include, cache: true })
      const rename = () => run('maker', 'update', { where: { id: 2 }, data: { country: relationLoadStrategy } })
      expect(await survives(read, rename)).toBe(false)
      expect(
        JSON.stringify(await read(), (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
      ).toContain(`"country":"${relationLoadStrategy}"`)
    },
  )

  test('§6.10: a view depends on the tables that the options name', async () => {
    const places = () => run('place', 'findMany', { where: { partId: PART }, cache: true })
    expect(await places()).toMatchObject([{ code: 's1', state: 'NEW' }])
    const change = () => run('item', 'updateMany', { where: { siteId: 1 }, data: { state: 'DONE' } })
    expect(await survives(places, change)).toBe(false)
    expect(await places()).toMatchObject([{ code: 's1', state: 'DONE' }])
  })

  test('§6.3: arrays, enums, dates and what only raw queries give are on a hit what they are on a miss', async () => {
    await run('item', 'updateMany', { data: { labels: ['a', 'b'], state: 'DONE', attrs: { deep: [1, null] } } })
    await run('move', 'create', { data: { siteId: 1, slot: 1, key: new Uint8Array([0, 255]) } })
    const raw = () =>
      withCache({}, () =>
        depot.prisma.$queryRawUnsafe(
          `SELECT 'NaN'::float8 AS nan, '-0'::float8 AS zero, NULL AS nothing, ARRAY['2026-01-01'::timestamp] AS times,
           '2026-01-01'::date AS day, 1.50::numeric AS exact, 9007199254740993::bigint AS big, '{"a": [1]}'::jsonb AS json, key FROM stock."Move"`,
        ),
      )
    for (const read of [
      () => run('item', 'findMany', { cache: true }),
      () => run('move', 'findMany', { cache: true }),
      raw,
    ]) {
      const missed = await read()
      expect(await warm(read)).toBe(true)
      expect(await read()).toStrictEqual(missed)
    }
  })
})

describe('what the generator wrote', () => {
  test('says the same of the schema as what the client carries', async () => {
    await using given = await Depot.open(database, { folder: made.folder, linked: false, schema: true })
    const args = { where: { siteId: 1, slot: 1 }, include: { maker: true }, cache: true }
    const told = given.prisma.$cache.explain('Part', 'findMany', args)
    await using own = await Depot.open(database, { folder: made.folder, linked: false, schema: false })
    expect(told).toEqual(own.prisma.$cache.explain('Part', 'findMany', args))
  })

  test('§6.5: a schema that has changed finds none of the answers of the one before', async () => {
    await using depot = await Depot.open(database, { folder: made.folder, linked: false, schema: true })
    const [first, ...rest] = depot.model.models
    const added = { ...first?.fields[1], name: 'added', column: 'added' } as NonNullable<typeof first>['fields'][number]
    const later = { ...depot.model, models: [{ ...first, fields: [...(first?.fields ?? []), added] }, ...rest] }
    await using after = await Depot.open(database, {
      folder: made.folder,
      linked: false,
      schema: false,
      options: { schema: later as typeof depot.model },
    })
    const key = (of: Depot): unknown => of.prisma.$cache.explain('Maker', 'findMany', { cache: true })
    expect(key(after)).not.toEqual(key(depot))
  })
})

const VIEWS = { v_places: ['stock.Part', 'stock.items', 'sites'] }
