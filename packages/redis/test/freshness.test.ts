import { createCacheManager, systemClock } from '@larder/core'
import type { Cache, CacheManager } from '@larder/core'
import { TcpProxy } from '@larder/testing'
import { describe, expect } from 'vitest'
import { CLIENTS } from './clients.ts'
import type { ClientUnderTest } from './clients.ts'
import { eventually } from './eventually.ts'
import { testIn } from './world.ts'
import type { World } from './world.ts'

const HEARTBEAT_MS = 1500

interface Nodes extends World {
  readonly writer: Cache<string>
  readonly reader: Cache<string>
  /** What the reader's commands and messages pass through. */
  readonly proxy: TcpProxy
}

/** A test with two nodes, the first of which has a straight connection. */
function testNodes(client: ClientUnderTest, name: string, run: (nodes: Nodes) => Promise<void>): void {
  testIn(client, name, async (world) => {
    await using proxy = await TcpProxy.start(world.server)
    const managers: CacheManager[] = [world.server.url, `redis://127.0.0.1:${proxy.port}`].map((url) =>
      createCacheManager({
        l2: client.open({ url, timeoutMs: 400 }),
        namespace: 'fresh',
        heartbeat: HEARTBEAT_MS,
        onError: () => {},
      }),
    )
    try {
      const [writer, reader] = managers.map((manager) => manager.cache<string>('users')) as [
        Cache<string>,
        Cache<string>,
      ]
      await eventually(async () => (await writer.health()).live && (await reader.health()).live)
      await run({ ...world, writer, reader, proxy })
    } finally {
      proxy.heal()
      await Promise.all(managers.map((manager) => manager.close()))
    }
  })
}

describe.concurrent.each(CLIENTS)('over $name', (client) => {
  testNodes(
    client,
    'a delete is not undone by a load that began before it, on any node',
    async ({ writer, reader }) => {
      let finish = (): void => {}
      let begun = (): void => {}
      const loading = new Promise<void>((resolve) => (begun = resolve))
      const old = reader.readThrough('1', async () => {
        begun()
        await new Promise<void>((resolve) => (finish = resolve))
        return 'old'
      })
      await loading
      await writer.delete('1')
      finish()
      expect(await old).toBe('old')
      expect(await writer.get('1')).toBeUndefined()
      await eventually(async () => (await reader.get('1')) === undefined)
    },
  )

  testNodes(client, 'one node at a time loads a key', async ({ writer, reader }) => {
    let loads = 0
    const load = async (): Promise<string> => {
      await new Promise((resolve) => systemClock.after(50, () => resolve(undefined)))
      return `load ${++loads}`
    }
    const answers = await Promise.all([writer, reader, writer, reader].map((node) => node.readThrough('2', load)))
    expect(new Set(answers)).toEqual(new Set(['load 1']))
  })

  testNodes(client, 'a value, and its bytes, are what was stored, for tags and keys of any kind', async (nodes) => {
    const { writer, reader } = nodes
    const key = 'schlüssel {a}:b\u0000'
    const value = '\u0000\uffff🦊'.repeat(1000)
    await writer.set(key, value, { tags: ['größe:ß'] })
    expect(await reader.get(key)).toBe(value)
    await writer.invalidateTags('größe:ß')
    await eventually(() => reader.peek(key) === undefined)
    expect(await reader.get(key)).toBeUndefined()
  })

  testNodes(client, 'a node that was cut off serves nothing that was invalidated meanwhile', async (nodes) => {
    const { writer, reader, proxy } = nodes
    for (const key of ['a', 'b']) await reader.readThrough(key, () => 'old')
    expect(reader.peek('a')).toBe('old')
    proxy.set({ refuse: true })
    proxy.cut()
    await writer.delete('a')
    await writer.set('b', 'new')
    const deleted = systemClock.monotonic()
    // Within its heartbeat it may still use what it has.
    await eventually(() => reader.peek('a') === undefined)
    expect(systemClock.monotonic() - deleted).toBeLessThan(HEARTBEAT_MS + 700)
    expect(await reader.readThrough('a', () => 'loaded').catch(() => 'rejected')).toMatch(/^(loaded|rejected)$/)
    proxy.heal()
    await eventually(async () => (await reader.health()).live)
    expect(await reader.get('b')).toBe('new')
    expect(await reader.get('a')).not.toBe('old')
  })
})
