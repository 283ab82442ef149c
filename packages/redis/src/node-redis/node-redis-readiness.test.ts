import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { NodeRedisLike } from './node-redis-like.ts'
import { NodeRedisReadiness } from './node-redis-readiness.ts'

/** A client whose connection is the test's to make and to lose. */
class HandClient extends EventEmitter {
  isOpen = true
  isReady = false

  become(ready: boolean, event: string, error?: Error): void {
    this.isReady = ready
    this.emit(event, error)
  }
}

function setUp(): { readonly client: HandClient; readonly readiness: NodeRedisReadiness } {
  const client = new HandClient()
  client.on('error', () => {})
  const readiness = new NodeRedisReadiness(client as unknown as NodeRedisLike, () => Promise.resolve())
  client.become(true, 'ready')
  return { client, readiness }
}

async function stateOf(work: Promise<void> | undefined): Promise<unknown> {
  if (work === undefined) return 'ready'
  const later = new Promise((resolve) => setImmediate(() => resolve('waits')))
  return Promise.race([
    later,
    work.then(
      () => 'ready',
      (error: Error) => error.message,
    ),
  ])
}

test('calls wait for the first attempt after a connection was lost, and fail once that has failed', async () => {
  const { client, readiness } = setUp()
  expect(await stateOf(readiness.ready())).toBe('ready')
  client.become(false, 'error', new Error('lost'))
  expect(await stateOf(readiness.ready())).toBe('waits')
  client.become(false, 'error', new Error('refused'))
  expect(await stateOf(readiness.ready())).toBe('refused')
  client.become(true, 'ready')
  expect(await stateOf(readiness.ready())).toBe('ready')
})

test('a ping of the library that was lost with the connection is no failed attempt', async () => {
  const { client, readiness } = setUp()
  const lost = new Error('lost')
  client.become(false, 'error', lost)
  client.become(false, 'error', lost)
  expect(await stateOf(readiness.ready())).toBe('waits')
})

test('an error while the connection works changes nothing', async () => {
  const { client, readiness } = setUp()
  client.become(true, 'error', new Error('a reply that could not be read'))
  expect(await stateOf(readiness.ready())).toBe('ready')
})

test('whoever waits when it is closed is told', async () => {
  const { client, readiness } = setUp()
  client.become(false, 'error', new Error('lost'))
  const waiting = readiness.ready()
  readiness.close()
  expect(await stateOf(waiting)).toMatch(/closed|lost/)
})
