import { systemClock } from '@larder/core'
import { TcpProxy } from '@larder/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { redlock } from '../src/index.ts'
import { bare, wrapped } from './subjects.ts'
import type { MakeSubject } from './subjects.ts'
import { sleep, threeServers } from './three-servers.ts'
import type { ThreeServers } from './three-servers.ts'

let world: ThreeServers
beforeAll(async () => {
  world = await threeServers()
})
afterAll(async () => world?.[Symbol.asyncDispose]())
beforeEach(() => world.reset())
afterEach(() => void vi.restoreAllMocks())

/** Thrown by a scenario in which the fault shows, and by nothing else. */
class Fault extends Error {}

/** A scenario that the library fails, by showing the fault, and Larder's locks over it pass. */
function knownFault(promise: string, scenario: (make: MakeSubject) => Promise<void>): void {
  describe(promise, () => {
    test('holds with @larder/redlock', () => scenario(wrapped))
    test('does not with the library by itself', () => expect(scenario(bare)).rejects.toThrow(Fault))
  })
}

/** Rejects with a fault if `work` takes longer than `ms`. */
async function within<R>(ms: number, work: Promise<R>): Promise<R> {
  const late = sleep(ms).then(() => Promise.reject(new Fault(`not settled within ${ms} ms`)))
  const first = Promise.race([work, late])
  late.catch(() => {})
  work.catch(() => {})
  return first
}

knownFault('an attempt ends although one server is silent and the others disagree', async (make) => {
  await using subject = make(world)
  await (await subject.once(10_000))?.release()
  await world.admins[1].set(subject.key, 'somebody else')
  world.servers[2].pause()
  const got = await within(4_000, subject.once(10_000))
  expect(got).toBeUndefined()
})

knownFault('a lock is not handed out after it has run out', async (make) => {
  const proxies = await Promise.all(world.servers.map(({ port }) => TcpProxy.start({ port })))
  try {
    await using subject = make(world, { ports: proxies.map(({ port }) => port) })
    await (await subject.once(10_000))?.release()
    for (const proxy of proxies) proxy.set({ down: { kind: 'delay', ms: 400 } })
    const got = await subject.once(300).catch(() => undefined)
    if (got !== undefined) throw new Fault('a lock of 300 ms was handed out after 400 ms')
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.close()))
  }
})

knownFault('the result of a body is not lost because the lock cannot be released', async (make) => {
  await using subject = make(world)
  const result = await subject
    .under(10_000, async () => {
      await Promise.all(world.admins.map((admin) => admin.flushall()))
      return 'result'
    })
    .catch((error: unknown) => {
      throw new Fault('the result was lost', { cause: error })
    })
  expect(result).toBe('result')
})

knownFault('the error of a body is not hidden by one of the release', async (make) => {
  await using subject = make(world)
  const mine = new Error('mine')
  const error = await subject
    .under(10_000, async () => {
      await Promise.all(world.admins.map((admin) => admin.flushall()))
      throw mine
    })
    .catch((reason: unknown) => reason)
  if (error !== mine) throw new Fault('the error was hidden')
})

knownFault('a body is told in time that its lock is lost, also when the servers are silent', async (make) => {
  await using subject = make(world)
  await (await subject.once(10_000))?.release()
  let told = false
  const body = async (signal: AbortSignal): Promise<void> => {
    for (const server of world.servers) server.pause()
    await sleep(1_300)
    told = signal.aborted
    for (const server of world.servers) server.resume()
  }
  // What becomes of the result is another matter.
  await subject.under(1_000, body).catch(() => {})
  if (!told) throw new Fault('the signal was not aborted after the time of the lock')
})

knownFault('a body that blocks the process for longer than its lock lasts finds it lost, at once', async (make) => {
  await using subject = make(world)
  let told = false
  const body = async (signal: AbortSignal): Promise<void> => {
    const end = systemClock.monotonic() + 500
    while (systemClock.monotonic() < end);
    told = signal.aborted
  }
  await subject.under(300, body).catch(() => {})
  if (!told) throw new Fault('the signal was not aborted after the time of the lock')
})

knownFault('who waits is not kept out by what he took himself', async (make) => {
  await using subject = make(world)
  await world.admins[0].set(subject.key, 'somebody else')
  await world.admins[1].set(subject.key, 'somebody else')
  const waiting = subject.patiently(60_000).catch((error: unknown) => {
    throw new Fault('a free majority was not got', { cause: error })
  })
  await sleep(700)
  // Now two of three are free: one had never been held.
  await world.admins[0].del(subject.key)
  await within(8_000, waiting)
})

knownFault('a jump of the wall clock does not end a lock', async (make) => {
  await using subject = make(world)
  const lock = await subject.once(10_000)
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now + 3_600_000)
  await lock?.extend(10_000).catch((error: unknown) => {
    throw new Fault('a lock that is held could not be extended', { cause: error })
  })
})

knownFault('locks in different databases of a server are different locks', async (make) => {
  await using one = make(world, { db: 3 })
  await using other = make(world, { db: 4 })
  expect(await one.once(10_000)).toBeDefined()
  if ((await other.once(10_000)) === undefined) throw new Fault('the lock of another database was in the way')
})

knownFault('the release of a lock that ran out ends soon and is no error', async (make) => {
  await using subject = make(world)
  const lock = await subject.once(200)
  await sleep(300)
  await within(1_000, Promise.resolve(lock?.release())).catch((error: unknown) => {
    throw new Fault('it did not end, or with an error', { cause: error })
  })
})

test('an even number of servers, which can split for ever, is refused', () => {
  for (const ports of [[], [1], [1, 2], [1, 2, 3, 4]]) expect(() => world.open({ ports })).toThrow(TypeError)
})

test('bad options are refused at the door', () => {
  for (const options of [undefined, null, {}, { nodes: 3 }, { nodes: [1, 2, 3] }, { nodes: [null, null, null] }])
    expect(() => redlock(options as never)).toThrow(TypeError)
  for (const nodeTimeoutMs of [0, -1, Number.NaN, Infinity, '250'])
    expect(() => world.open({ nodeTimeoutMs: nodeTimeoutMs as never })).toThrow(/nodeTimeoutMs/)
})
