import { expect, test } from 'vitest'
import type { Clock } from '../contracts/clock.ts'
import { FRAME } from '../contracts/frame.ts'
import type { WriteQueue } from '../contracts/write-queue.ts'
import { MemoryQueue } from '../memory/memory-queue.ts'
import { MemoryStore } from '../memory/memory-store.ts'
import { resolveWriteBehind } from '../policy/write-behind-options.ts'
import { systemRandom } from '../random.ts'
import { PartitionDrain } from './partition-drain.ts'

const name = { namespace: 'ns', cache: 'users' }
let now = 0
const clock: Clock = { now: () => now, monotonic: () => now, after: () => ({ cancel: () => {} }) }

function frame(id: string): Uint8Array {
  const bytes = new Uint8Array(FRAME.offset.marks)
  bytes.set([0x4c, 0x44, FRAME.format])
  bytes.set(Buffer.from(id.padEnd(FRAME.idBytes, '_')), FRAME.offset.id)
  return bytes
}

/** A queue with one write in it; `pauses` are how long the process stands still, in ms, each time it has been told what to write. */
async function setUp(pauses: number[]): Promise<{ readonly drain: PartitionDrain; readonly written: string[] }> {
  const inner = new MemoryQueue(new MemoryStore({ maxEntries: 10, maxBytes: 10_000, clock }), clock)
  await inner.enqueue(name, { key: 'k', label: new Uint8Array(), frame: frame('v'), most: 10 })
  const queue = new Proxy<WriteQueue>(inner, {
    get:
      (target, method) =>
      async (...args: never[]) => {
        const answer: unknown = await (Reflect.get(target, method) as (...args: never[]) => Promise<unknown>).apply(
          target,
          args,
        )
        if (method === 'fetch') now += pauses.shift() ?? 0
        return answer
      },
  })
  const manifest = inner.manifest
  const written: string[] = []
  const parts = {
    queue: new Proxy(queue, { get: (target, method) => (method === 'manifest' ? manifest : (Reflect.get(target, method) as unknown)) }), // prettier-ignore
    name,
    options: resolveWriteBehind({ takeover: '10s' }),
    clock,
    random: systemRandom,
    write: async (writes: readonly { readonly ref: { readonly key: string } }[]) => {
      written.push(`${writes.map(({ ref }) => ref.key).join()} at ${now}`)
      return new Map<never, unknown>()
    },
    announce: async () => {},
    discreet: false,
    onError: (error: unknown) => {
      throw error
    },
  }
  return { drain: new PartitionDrain(parts, 0), written }
}

test('a process that stood still for longer than it owns a partition asks again before it writes', async () => {
  now = 0
  const { drain, written } = await setUp([10_000])
  await drain.run()
  expect(written).toEqual(['k at 10000'])
  now = 0
  const other = await setUp([10_000, 10_000, 9_999])
  await other.drain.run()
  expect(other.written).toEqual(['k at 29999'])
})
