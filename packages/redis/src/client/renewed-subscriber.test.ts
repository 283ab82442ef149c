import { systemRandom } from '@larder/core'
import { FakeClock } from '@larder/testing'
import { expect, test } from 'vitest'
import { RenewedSubscriber } from './renewed-subscriber.ts'
import type { LinkEvents, SubscriberLink } from './subscriber-link.ts'

const LIMIT_MS = 2000
/** More than the longest wait before a second attempt. */
const RETRY_MS = 200

/** A link that the test opens, loses and silences. */
class HandLink implements SubscriberLink {
  readonly events: LinkEvents
  readonly signal: AbortSignal
  closed = false
  silent = false
  open: () => void = () => {}
  fail: (error: Error) => void = () => {}
  readonly opening: Promise<SubscriberLink>

  constructor(events: LinkEvents, signal: AbortSignal) {
    this.events = events
    this.signal = signal
    this.opening = new Promise((resolve, reject) => {
      this.open = () => resolve(this)
      this.fail = reject
    })
  }

  async subscribe(): Promise<void> {}
  async unsubscribe(): Promise<void> {}

  ping(): Promise<void> {
    return this.silent ? new Promise(() => {}) : Promise.resolve()
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

interface World {
  readonly clock: FakeClock
  readonly links: HandLink[]
  readonly told: string[]
  readonly subscriber: RenewedSubscriber
  readonly last: () => HandLink
}

function setUp(): World {
  const clock = new FakeClock()
  const links: HandLink[] = []
  const told: string[] = []
  const subscriber = new RenewedSubscriber({
    open: (events, signal) => {
      const link = new HandLink(events, signal)
      links.push(link)
      return link.opening
    },
    events: { ready: () => told.push('ready'), message: (_, text) => told.push(text), lost: () => told.push('lost') },
    limitMs: LIMIT_MS,
    clock,
    random: systemRandom,
  })
  return { clock, links, told, subscriber, last: () => links.at(-1) as HandLink }
}

test('a link that is lost is replaced, without anybody asking', async () => {
  const { clock, links, told, subscriber, last } = setUp()
  last().open()
  await clock.advance(0)
  last().events.lost()
  last().events.lost()
  await expect(subscriber.subscribe(['c'])).rejects.toThrow(/closed/)
  await clock.advance(RETRY_MS)
  expect(links.map(({ closed }) => closed)).toEqual([true, false])
  last().open()
  await clock.advance(0)
  await subscriber.subscribe(['c'])
  expect(told).toEqual(['ready', 'lost', 'ready'])
  await subscriber.close()
})

test('a link that is lost before it counts as open is no link', async () => {
  const { clock, links, told, subscriber, last } = setUp()
  last().events.lost()
  last().open()
  await clock.advance(RETRY_MS)
  expect(links.map(({ closed }) => closed)).toEqual([true, false])
  expect(told).toEqual([])
  await subscriber.close()
})

test('a link that takes too long to open is given up, and closed if it opens after all', async () => {
  const { clock, links, told, subscriber } = setUp()
  await clock.advance(LIMIT_MS + RETRY_MS)
  expect(links).toHaveLength(2)
  expect(links[0]?.signal.aborted).toBe(true)
  links[0]?.open()
  await clock.advance(0)
  expect(links[0]?.closed).toBe(true)
  expect(told).toEqual([])
  await subscriber.close()
})

test('a link that does not answer a ping in time is replaced', async () => {
  const { clock, links, told, subscriber, last } = setUp()
  last().open()
  await clock.advance(0)
  await subscriber.ping()
  last().silent = true
  const ping = expect(subscriber.ping()).rejects.toThrow(/timed out/)
  await clock.advance(LIMIT_MS)
  await ping
  await clock.advance(RETRY_MS)
  expect(links.map(({ closed }) => closed)).toEqual([true, false])
  expect(told).toEqual(['ready', 'lost'])
  await subscriber.close()
})

test('closing gives up a link that is being opened, and opens no other', async () => {
  const { clock, links, subscriber, last } = setUp()
  await subscriber.close()
  expect(last().signal.aborted).toBe(true)
  last().fail(new Error('given up'))
  await clock.advance(60_000)
  expect(links).toHaveLength(1)
})
