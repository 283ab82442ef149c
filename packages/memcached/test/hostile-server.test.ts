import type { Socket } from 'node:net'
import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import { frameHead } from '@larder/core/contracts'
import { buildFrame } from '@larder/testing'
import { expect, test } from 'vitest'
import { memcached } from '../src/index.ts'
import { encodeState, NOTHING } from '../src/item/item-state.ts'
import { eventually, sleep } from './eventually.ts'
import { ScriptedServer, tokenOf } from './scripted-server.ts'

const GARBAGE: readonly (readonly [what: string, bytes: string | Buffer])[] = [
  ['words of another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['bytes', Buffer.alloc(5000, 0xff)],
  ['a line without end', 'H'.repeat(10_000)],
  ['a value without a size', 'VA x O1\r\n'],
  ['a value of minus one byte', 'VA -1 O1\r\n\r\n'],
  ['a value larger than any item', 'VA 9999999999 O1\r\n'],
  ['a value longer than it says', 'VA 2 O1\r\nabcdef\r\n'],
  ['an answer to no command', 'HD O1\r\nHD O2\r\nHD O3\r\n'],
  ['the answer to another command', 'VA 0 Ozz\r\n\r\n'],
  ['an answer that names no command', 'HD\r\n'],
  ['that it did not understand', 'ERROR\r\n'],
]

for (const [what, bytes] of GARBAGE) {
  test(`a server that answers ${what} is given up, and its call rejects`, async () => {
    await using server = await ScriptedServer.start((_line, socket) => socket.write(bytes))
    const backend = memcached({ servers: [server.url], timeoutMs: 2000 })
    const startedAt = performance.now()
    await expect(backend.store.getMany(['a', 'b'])).rejects.toBeInstanceOf(StoreUnavailableError)
    expect(performance.now() - startedAt).toBeLessThan(1500)
    await expect(backend.store.get('a')).rejects.toThrow(/cannot be used/)
    await backend.close()
  })
}

test('answers that come after their call was given up reach nobody else', async () => {
  // One answer every 60 ms, in order, so that some come late on a connection that is alive.
  let last = Promise.resolve()
  await using server = await ScriptedServer.start((line, socket) => {
    last = last.then(async () => {
      await sleep(60)
      const name = (/^mg v:(\S+)/.exec(line)?.[1] ?? '').padEnd(16, '_')
      const item = encodeState({ ...NOTHING, entry: { frame: buildFrame({ id: name }), endsAt: Infinity } })
      socket.write(Buffer.concat([Buffer.from(`VA ${item.length} ${tokenOf(line)}\r\n`), item, Buffer.from('\r\n')]))
    })
  })
  const backend = memcached({ servers: [server.url], timeoutMs: 150 })
  let [own, late] = [0, 0]
  for (let round = 0; round < 6; round++) {
    const keys = ['a', 'b', 'c', 'd'].map((name) => `${name}${round}`)
    const results = await Promise.allSettled(keys.map((key) => backend.store.get(key)))
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') late++
      else {
        own++
        expect(frameHead(result.value as Uint8Array)?.id).toBe((keys[i] as string).padEnd(16, '_'))
      }
    }
    // What is late arrives now, while nobody waits for it.
    await sleep(round % 2 === 0 ? 0 : 300)
  }
  expect(own).toBeGreaterThan(0)
  expect(late).toBeGreaterThan(0)
  await backend.close()
})

test('a server that sends bytes but no answers is taken for dead', async () => {
  await using server = await ScriptedServer.start((_line, socket) => socket.write(Buffer.alloc(300, 0xff)))
  const backend = memcached({ servers: [server.url], timeoutMs: 100 })
  await expect(backend.store.get('a')).rejects.toBeInstanceOf(StoreTimeoutError)
  await expect(backend.store.get('a')).rejects.toThrow(/cannot be used.*silent/)
  await backend.close()
})

test('answers in slices are put together, however they are cut', async () => {
  const slices = (socket: Socket, text: string): void => {
    for (const character of text) socket.write(character)
  }
  await using server = await ScriptedServer.start((line, socket) => {
    slices(socket, line.startsWith('mg') ? `EN\r\n` : `HD ${tokenOf(line)}\r\n`)
  })
  const backend = memcached({ servers: [server.url] })
  expect(await backend.store.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined])
  expect(await backend.store.take('a', { token: 'a'.repeat(16), leaseMs: 1000 })).toEqual({ kind: 'granted' })
  await backend.close()
})

test('nothing is sent again, and nothing is sent for a caller that was told of a failure', async () => {
  const silent: string[] = []
  await using server = await ScriptedServer.start((line) => void silent.push(line))
  const backend = memcached({ servers: [server.url], timeoutMs: 100 })
  await expect(backend.store.drop('a', { mode: 'delete' })).rejects.toBeInstanceOf(StoreTimeoutError)
  await eventually(async () => (await backend.health()).status === 'healthy')
  expect(silent).toEqual([expect.stringMatching(/^mg v:a v c O/)])
  await backend.close()
})

test('a change is not made for a caller that was told of a failure while its item was read', async () => {
  let delay = 0
  const item = encodeState({ ...NOTHING, floor: { version: 1, endsAt: Infinity } })
  await using server = await ScriptedServer.start((line, socket) => {
    const value = Buffer.concat([Buffer.from(`VA ${item.length} c7 ${tokenOf(line)}\r\n`), item, Buffer.from('\r\n')])
    if (line.startsWith('mg ')) void sleep((delay += 120)).then(() => socket.write(value))
  })
  const backend = memcached({ servers: [server.url], timeoutMs: 180 })
  await backend.health()
  // The first answer comes in time, and shows that the connection is alive; the second one is late.
  const first = backend.store.get('first')
  await expect(backend.store.drop('k', { mode: 'delete', version: 2, floorMs: 1000 })).rejects.toBeInstanceOf(
    StoreTimeoutError,
  )
  await first
  await sleep(150)
  expect(server.heard.filter((line) => !line.startsWith('mg '))).toEqual([])
  await backend.close()
})

test('after close every call rejects', async () => {
  await using server = await ScriptedServer.start((_line, socket) => socket.write('EN\r\n'))
  const backend = memcached({ servers: [server.url] })
  await backend.store.get('a')
  await backend.close()
  await expect(backend.store.get('a')).rejects.toThrow(/was closed/)
})

test('a change is not made with a number that names nothing', async () => {
  await using server = await ScriptedServer.start((line, socket) => socket.write(`VA 0 c0 ${tokenOf(line)}\r\n\r\n`))
  const backend = memcached({ servers: [server.url] })
  await expect(backend.store.drop('a', { mode: 'delete' })).rejects.toBeInstanceOf(StoreUnavailableError)
  expect(server.heard).toHaveLength(1)
  await backend.close()
})
