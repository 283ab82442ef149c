import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { systemClock } from '@larder/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TcpProxy } from './tcp-proxy.ts'

/** A server that answers every chunk with the same chunk, and notes the chunks. */
let echo: Server
let chunks: string[]
let proxy: TcpProxy
const clients: Client[] = []

/** Notes what comes back, and how the connection ends. */
class Client {
  readonly socket: Socket
  heard = ''
  ended: 'no' | 'closed' | 'reset' = 'no'

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (bytes: Buffer) => (this.heard += bytes.toString()))
    this.socket.on('error', () => (this.ended = 'reset'))
    this.socket.on('close', () => (this.ended = this.ended === 'reset' ? 'reset' : 'closed'))
    clients.push(this)
  }

  say(text: string): void {
    this.socket.write(text)
  }
}

async function start(mark = ''): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      chunks.push(bytes.toString())
      socket.write(mark + bytes.toString())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function eventually(what: () => unknown): Promise<void> {
  const end = systemClock.monotonic() + 10_000
  while (what() !== true) {
    if (systemClock.monotonic() > end) throw new Error(`it did not come to pass: ${what.toString()}`)
    await pause(5)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve))
}

beforeEach(async () => {
  chunks = []
  echo = await start()
  proxy = await TcpProxy.start({ port: portOf(echo) })
})

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy()
  await proxy.close()
  echo.close()
})

test('passes bytes both ways', async () => {
  const client = new Client(proxy.port)
  client.say('hello')
  await eventually(() => client.heard === 'hello')
})

test('a cut resets the connections that are open, and later ones work', async () => {
  const client = new Client(proxy.port)
  client.say('a')
  await eventually(() => client.heard === 'a')
  proxy.cut()
  await eventually(() => client.ended === 'reset')
  const later = new Client(proxy.port)
  later.say('b')
  await eventually(() => later.heard === 'b')
})

test('a delay lets chunks arrive late and in order', async () => {
  const client = new Client(proxy.port)
  proxy.set({ up: { kind: 'delay', ms: 60 }, down: { kind: 'delay', ms: 60 } })
  const start = systemClock.monotonic()
  client.say('a')
  await eventually(() => client.heard === 'a')
  expect(systemClock.monotonic() - start).toBeGreaterThan(115)
  client.say('b')
  await eventually(() => client.socket.bytesWritten === 2)
  await pause(20)
  proxy.set({ down: { kind: 'delay', ms: 60 } })
  client.say('c')
  await eventually(() => client.heard === 'abc')
})

test('what is held arrives in order once it is let go', async () => {
  const client = new Client(proxy.port)
  proxy.set({ up: { kind: 'hold' } })
  client.say('a')
  await pause(30)
  client.say('b')
  await pause(30)
  expect(chunks).toEqual([])
  proxy.heal()
  await eventually(() => client.heard === 'ab')
})

test('what a client sent before it went away still arrives after a delay', async () => {
  const client = new Client(proxy.port)
  client.say('a')
  await eventually(() => client.heard === 'a')
  proxy.set({ up: { kind: 'delay', ms: 80 } })
  client.say('late')
  await pause(20)
  client.socket.destroy()
  await eventually(() => chunks.join('') === 'alate')
})

test('one direction can be swallowed; a connection that lost bytes is reset when that ends, another goes on', async () => {
  const client = new Client(proxy.port)
  const quiet = new Client(proxy.port)
  quiet.say('q')
  await eventually(() => quiet.heard === 'q')
  proxy.set({ down: { kind: 'swallow' } })
  client.say('a')
  await eventually(() => chunks.includes('a'))
  await pause(30)
  expect([client.heard, client.ended]).toEqual(['', 'no'])
  proxy.heal()
  await eventually(() => client.ended === 'reset')
  quiet.say('r')
  await eventually(() => quiet.heard === 'qr')
})

test('slices what passes into single bytes', async () => {
  const client = new Client(proxy.port)
  proxy.set({ up: { kind: 'slice', bytes: 1 } })
  client.say('0123456789')
  await eventually(() => client.heard === '0123456789')
  expect(chunks.length).toBeGreaterThan(1)
})

test('refuses new connections, and leaves the others alone', async () => {
  const client = new Client(proxy.port)
  client.say('a')
  await eventually(() => client.heard === 'a')
  proxy.set({ refuse: true })
  const refused = new Client(proxy.port)
  await eventually(() => refused.ended === 'reset')
  client.say('b')
  await eventually(() => client.heard === 'ab')
})

test('concerns only the connections that it is told to, known by what they said first', async () => {
  proxy.set({ up: { kind: 'swallow' }, only: ({ opening }) => opening.startsWith('mute') })
  const [muted, other] = [new Client(proxy.port), new Client(proxy.port)]
  muted.say('mute me')
  other.say('hello')
  await eventually(() => other.heard === 'hello')
  expect(chunks).toEqual(['hello'])
  proxy.heal()
  await eventually(() => muted.ended === 'reset')
})

test('can be turned to another server, and resets a client whose server is not there', async () => {
  const client = new Client(proxy.port)
  client.say('a')
  await eventually(() => client.heard === 'a')
  const other = await start('other:')
  proxy.redirect({ port: portOf(other) })
  await eventually(() => client.ended === 'reset')
  const later = new Client(proxy.port)
  later.say('b')
  await eventually(() => later.heard === 'other:b')
  proxy.redirect({ port: 1 })
  await new Promise((resolve) => other.close(resolve))
  const lost = new Client(proxy.port)
  await eventually(() => lost.ended === 'reset')
})

test('a client that ends in order gets the rest of its answer', async () => {
  const client = new Client(proxy.port)
  client.socket.end('bye')
  await eventually(() => client.heard === 'bye' && client.ended === 'closed')
})
