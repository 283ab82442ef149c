import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Clock } from '@larder/core/contracts'
import { expect, test } from 'vitest'
import type { Argument, RedisClient } from './client/redis-client.ts'
import { RedisCommands } from './redis-commands.ts'
import { defineScript } from './scripts/define-script.ts'

/** A clock whose timers fire on request. */
class HandClock implements Clock {
  readonly #due: (() => void)[] = []
  now = (): number => 0
  monotonic = (): number => 0

  after(_delayMs: number, callback: () => void): { cancel(): void } {
    this.#due.push(callback)
    return { cancel: () => void this.#due.splice(this.#due.indexOf(callback) >>> 0, 1) }
  }

  get pending(): number {
    return this.#due.length
  }

  fire(): void {
    for (const callback of this.#due.splice(0)) callback()
  }
}

/** A client whose connection and answers are the test's to give. */
class HandClient implements RedisClient {
  readonly sent: string[] = []
  connection: Promise<void> | undefined
  answer: (command: string) => Promise<unknown> = async () => null
  ready = (): Promise<void> | undefined => this.connection

  send(command: string, _args: readonly Argument[]): Promise<unknown> {
    this.sent.push(command)
    return this.answer(command)
  }

  subscriber(): never {
    throw new Error('not needed')
  }

  listen(): void {}

  async close(): Promise<void> {}
}

function setUp(): { readonly clock: HandClock; readonly client: HandClient; readonly commands: RedisCommands } {
  const clock = new HandClock()
  const client = new HandClient()
  return { clock, client, commands: new RedisCommands({ client, timeoutMs: 100, clock }) }
}

const script = defineScript('test', 'return 1')
const noScript = (): Error => Object.assign(new Error('NOSCRIPT No matching script.'), { name: 'ReplyError' })
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a call whose caller was told of a failure is not sent when the connection comes at last', async () => {
  const { clock, client, commands } = setUp()
  let connect = (): void => {}
  client.connection = new Promise((resolve) => (connect = resolve))
  const call = commands.run(script, [], [])
  clock.fire()
  await expect(call).rejects.toBeInstanceOf(StoreTimeoutError)
  connect()
  await later()
  expect(client.sent).toEqual([])
})

test('a script that the server did not know is not sent along after the caller was told of a failure', async () => {
  const { clock, client, commands } = setUp()
  let refuse = (): void => {}
  client.answer = () => new Promise((_resolve, reject) => (refuse = () => reject(noScript())))
  const call = commands.run(script, [], [])
  clock.fire()
  await expect(call).rejects.toBeInstanceOf(StoreTimeoutError)
  refuse()
  await later()
  expect(client.sent).toEqual(['evalsha'])
})

test('a script is sent once more, whole, when the server does not know it; any other error is passed on', async () => {
  const { client, commands } = setUp()
  client.answer = async (command) => {
    if (command === 'evalsha') throw noScript()
    return 1
  }
  expect(await commands.run(script, ['k'], [])).toBe(1)
  expect(client.sent).toEqual(['evalsha', 'eval'])
  client.answer = async () => {
    throw Object.assign(new Error('OOM'), { name: 'ReplyError' })
  }
  await expect(commands.run(script, ['k'], [])).rejects.toBeInstanceOf(StoreUnavailableError)
  expect(client.sent).toEqual(['evalsha', 'eval', 'evalsha'])
})

test('a client that throws instead of rejecting is an error like any other', async () => {
  const { client, commands } = setUp()
  client.answer = () => {
    throw new Error('a bug')
  }
  await expect(commands.values(['a', 'b'])).rejects.toBeInstanceOf(StoreUnavailableError)
})

test('no timer is left behind by a call that was answered or refused', async () => {
  const { clock, client, commands } = setUp()
  await commands.ping()
  client.connection = Promise.reject(new Error('down'))
  client.connection.catch(() => {})
  await expect(commands.ping()).rejects.toBeInstanceOf(StoreUnavailableError)
  expect(clock.pending).toBe(0)
})
