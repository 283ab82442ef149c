import { expect, test } from 'vitest'
import { memcached } from '../src/index.ts'
import { encodeMark } from '../src/mark-item.ts'
import { ScriptedServer, tokenOf } from './scripted-server.ts'

const TURN = 'm:{ns}:'

/** A server that has every mark, with an end that is near, and takes every change. */
function start(): Promise<ScriptedServer> {
  const item = encodeMark({ value: 'old', endsAt: performance.timeOrigin + performance.now() + 5000 }).toString()
  return ScriptedServer.start((line, socket) => {
    if (line.startsWith('mg ')) socket.write(`VA ${item.length} c7 ${tokenOf(line)}\r\n${item}\r\n`)
    else if (line.startsWith('ms ')) socket.write(`HD ${tokenOf(line)}\r\n`)
  })
}

/** The commands heard, by name and key. */
function heard(server: ScriptedServer): readonly string[] {
  const commands = server.heard.filter((line) => /^m[gs] /.test(line))
  return commands.map((line) => line.split(' ').slice(0, 2).join(' '))
}

test('an invalidation moves the turn before the marks', async () => {
  await using server = await start()
  const backend = memcached({ servers: [server.url] })
  const record = { nonce: 'n', origin: '', kind: 'tags', items: ['red', 'blue'], markTtlMs: 1000 } as const
  await backend.journal.append('ns', record)
  expect(heard(server)).toEqual([`ms ${TURN}`, `ms ${TURN}#red`, `ms ${TURN}#blue`])
  await backend.close()
})

test('a load reads the turn after the marks', async () => {
  await using server = await start()
  const backend = memcached({ servers: [server.url] })
  const since = { id: '0-0', nonce: 'old' }
  await backend.journal.marks('ns', { names: ['#red', '#blue'], since })
  expect(heard(server).slice(0, 3)).toEqual([`mg ${TURN}#red`, `mg ${TURN}#blue`, `mg ${TURN}`])
  await backend.close()
})

test('a mark is prolonged under the value that was read, and only if nobody moved it meanwhile', async () => {
  await using server = await start()
  const backend = memcached({ servers: [server.url] })
  const request = { names: ['#red'], create: ['new'], markTtlMs: 60_000 }
  expect((await backend.journal.marks('ns', request)).marks).toEqual(['old'])
  expect(server.heard.find((line) => line.startsWith(`ms ${TURN}#red`))).toMatch(/ C7 /)
  await backend.close()
})
