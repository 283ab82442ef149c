import assert from 'node:assert/strict'
import type { WriteRef } from '@larder/core/contracts'
import { SeededRandom, startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterQueue } from '../../src/queue/cluster-queue.ts'
import { everyOrder, plainQueue } from './interleavings.ts'
import type { Actor } from './interleavings.ts'
import { DIRTY, idOf, Ledger, NAME, nameOf, PARTITION } from './ledger.ts'

let server: ServerHandle
let client: Redis
let queue: ClusterQueue

beforeAll(async () => {
  server = await startRedis({ own: true })
  client = new Redis(server.url)
  queue = plainQueue(client)
})

afterAll(async () => {
  client?.disconnect()
  await server?.stop()
})

/** Notes what lies over the key after each command. */
async function watch(ledger: Ledger): Promise<() => void> {
  const send = client.callBuffer.bind(client)
  const spy = async (command: string, args: (string | Buffer | number)[]): Promise<unknown> => {
    const reply = await send(command, args)
    const frame = await client.getBuffer(DIRTY)
    const name = frame === null ? undefined : nameOf(frame)
    if (name !== undefined && ledger.laid.at(-1) !== name) ledger.laid.push(name)
    return reply
  }
  client.callBuffer = spy as typeof client.callBuffer
  return () => {
    client.callBuffer = send
  }
}

/** Plays the actors that `cast` prepares in every order. */
async function play(
  cast: (ledger: Ledger) => Promise<readonly Actor[]>,
  reach: {
    readonly deaths: number
    readonly most?: number
    readonly seed?: number
    /** What must hold before everything else is written, and after. */
    readonly check?: (ledger: Ledger) => Promise<void>
    readonly after?: (ledger: Ledger) => Promise<void>
  },
): Promise<number> {
  let ledger = new Ledger(client, queue)
  let unwatch = (): void => {}
  const coin = new SeededRandom(7)
  const random = reach.seed === undefined ? undefined : new SeededRandom(reach.seed)
  const scenario = {
    begin: async () => {
      ledger = new Ledger(client, queue)
      unwatch()
      unwatch = await watch(ledger)
      return cast(ledger)
    },
    end: async () => {
      await reach.check?.(ledger)
      await ledger.check(coin.fraction() < 0.5)
      await reach.after?.(ledger)
    },
  }
  try {
    return await everyOrder(client, scenario, {
      deaths: reach.deaths,
      most: reach.most ?? Infinity,
      ...(random === undefined ? {} : { draw: (options: number) => Math.floor(random.fraction() * options) }),
    })
  } finally {
    unwatch()
  }
}

/** A value that was acknowledged and that its owner has fetched. */
async function fetched(ledger: Ledger): Promise<WriteRef> {
  await ledger.put(queue, 'a')
  const ref = await ledger.claim(queue, 'w')
  assert.ok(ref !== undefined)
  return ref
}

describe('nothing that was acknowledged is lost, left behind or put out of order', () => {
  test('while one value is written and another comes, in every order, whoever dies', async () => {
    const runs = await play(
      async (ledger) => {
        const ref = await fetched(ledger)
        const settling: Actor = { name: 'w', work: (by) => ledger.write(by, { token: 'w', ref }) }
        return [ledger.enqueue('b'), settling]
      },
      { deaths: 1 },
    )
    expect(runs).toBeGreaterThan(500)
  })

  test('while the first value of a key comes and a worker looks for work, in every order, whoever dies', async () => {
    const runs = await play(
      async (ledger) => {
        const looking: Actor = {
          name: 'w',
          work: async (by) => {
            let ref: WriteRef | undefined
            for (let i = 0; i < 4; i++) ref ??= await ledger.claim(by, 'w')
            if (ref !== undefined) await ledger.write(by, { token: 'w', ref })
          },
        }
        return [ledger.enqueue('a'), looking]
      },
      { deaths: 1 },
    )
    expect(runs).toBeGreaterThan(200)
  })

  test('while two processes write one key, in every order, whoever dies', async () => {
    const runs = await play(async (ledger) => [ledger.enqueue('a'), ledger.enqueue('b')], { deaths: 1 })
    expect(runs).toBeGreaterThan(300)
  })

  test('while a value is given up and another comes, in every order, whoever dies', async () => {
    const runs = await play(
      async (ledger) => {
        const ref = await fetched(ledger)
        await queue.fetch(NAME, PARTITION, { token: 'w', refs: [ref] })
        ledger.acknowledged.length = 0
        const request = { token: 'w', ref, opId: idOf('a'), reason: 'refused', most: 100 }
        const burying: Actor = { name: 'w', work: async (by) => void (await by.bury(NAME, PARTITION, request)) }
        return [ledger.enqueue('b'), burying]
      },
      {
        deaths: 1,
        check: async (_ledger) => {
          // Of the value that was given up a dead letter remains, or the value itself, or the newer one is in its place.
          const letters = (await queue.buried(NAME, 10)).map(({ frame }) => nameOf(frame))
          const lies = await client.getBuffer(DIRTY)
          assert.ok(letters.includes('a') || lies !== null, 'the value that was given up is nowhere')
        },
        after: async (ledger) => {
          // What was written later would be overwritten by reviving it.
          const [letter] = await queue.buried(NAME, 10)
          if (letter === undefined || !ledger.acknowledged.includes('b')) return
          assert.equal((await queue.revive(NAME, letter.id)).kind, 'superseded')
        },
      },
    )
    expect(runs).toBeGreaterThan(500)
  })

  test('while a dead letter is revived and another value comes, whoever dies', async () => {
    const runs = await play(
      async (ledger) => {
        const ref = await fetched(ledger)
        await ledger.write(queue, { token: 'w', ref, end: 'bury' })
        ledger.acknowledged.length = 0
        const [letter] = await queue.buried(NAME, 1)
        const reviving: Actor = {
          name: 'revive',
          work: async (by) => {
            const { kind } = await by.revive(NAME, letter?.id as string)
            if (kind === 'queued') ledger.acknowledged.push('a')
          },
        }
        return [ledger.enqueue('b'), reviving, ledger.worker('w')]
      },
      {
        deaths: 1,
        most: 1000,
        seed: 3,
        after: async (ledger) => {
          if (ledger.acknowledged.includes('b')) assert.equal(ledger.source.at(-1)?.name, 'b', 'a was put over b')
        },
      },
    )
    expect(runs).toBe(1000)
  })

  test('while one owner takes over from another that goes on, and another value comes, in orders drawn from a seed', async () => {
    await play(
      async (ledger) => {
        const ref = await fetched(ledger)
        const late: Actor = { name: 'w', work: (by) => ledger.write(by, { token: 'w', ref }) }
        const next: Actor = {
          name: 'v',
          work: async (by) => {
            await by.release(NAME, PARTITION, 'w')
            const taken = await ledger.claim(by, 'v')
            if (taken !== undefined) await ledger.write(by, { token: 'v', ref: taken })
          },
        }
        return [ledger.enqueue('b'), late, next]
      },
      { deaths: 1, most: 600, seed: 5 },
    )
  })

  test.each([1, 2])('while three write, two look for work and two die, in orders drawn from seed %i', async (seed) => {
    await play(
      async (ledger) => {
        await fetched(ledger)
        return [ledger.enqueue('b'), ledger.enqueue('c'), ledger.worker('w'), ledger.worker('w')]
      },
      { deaths: 2, most: 400, seed },
    )
  })
})
