import assert from 'node:assert/strict'
import type { WriteRef } from '@larder/core/contracts'
import { buildFrame } from '@larder/testing'
import type { RedisBackend } from '../../src/index.ts'
import { eventually } from '../eventually.ts'

const DAY = 86_400_000
let count = 0

/** A token of the length that frames have. */
function token(): string {
  return `t${++count}`.padEnd(16, '_')
}

/** Empties a stream, as its owner may by hand. */
type Trim = (stream: string) => Promise<void>

/** Does everything once that a backend can do, and rejects if anything does not come out as it should. */
export async function exercise(backend: RedisBackend<unknown>, namespace: string, trim: Trim): Promise<void> {
  await exerciseStore(backend, namespace)
  await exerciseJournal(backend, namespace)
  await exerciseLocks(backend, namespace)
  await exerciseQueue(backend, namespace, trim)
  assert.equal((await backend.health()).status, 'healthy')
}

async function exerciseStore({ store }: RedisBackend<unknown>, namespace: string): Promise<void> {
  const key = `${namespace}:{users:${++count}}`
  const [one, two, three] = [token(), token(), token()]
  assert.equal((await store.take(key, { token: one, leaseMs: DAY })).kind, 'granted')
  assert.equal(await store.renew(key, one, DAY), true)
  assert.equal(await store.fill(key, { token: one, frame: buildFrame({ id: one, version: 1 }), ttlMs: Infinity }), true)
  const found = await store.getMany([key, `${namespace}:{users:none}`])
  assert.deepEqual(
    found.map((frame) => frame !== undefined),
    [true, false],
  )
  assert.equal((await store.take(key, { token: two, leaseMs: DAY })).kind, 'entry')
  assert.equal(await store.edit(key, { kind: 'retime', expectId: one, ttlMs: DAY, softAt: 1, hardAt: 2 }), 'edited')
  assert.equal(
    await store.edit(key, { kind: 'retime', expectId: one, ttlMs: Infinity, softAt: 1, hardAt: 2 }),
    'edited',
  )
  assert.deepEqual(await store.drop(key, { mode: 'expire', graceMs: DAY }), { kind: 'dropped', existed: true })
  const set = { mode: 'set', token: three, leaseMs: DAY, version: 2, floorMs: DAY } as const
  assert.equal((await store.drop(key, set)).kind, 'dropped')
  assert.equal(await store.fill(key, { token: three, frame: buildFrame({ id: three, version: 2 }), ttlMs: DAY }), true)
  assert.equal((await store.drop(key, { ...set, version: 1 })).kind, 'newer')
  await store.drop(key, { mode: 'delete' })
  assert.equal(await store.get(key), undefined)
}

async function exerciseJournal({ journal }: RedisBackend<unknown>, namespace: string): Promise<void> {
  const nonces: string[] = []
  let heard = 0
  const tail = journal.tail(namespace, { record: ({ nonce }) => nonces.push(nonce), resync: () => heard++ })
  await eventually(() => heard > 0)
  const names = ['#t', '@users', `#new${++count}`]
  const create = names.map(() => token())
  const { head, marks } = await journal.marks(namespace, { names, create, markTtlMs: DAY })
  assert.ok(marks.every((mark) => mark !== undefined))
  await journal.marks(namespace, { names, create, markTtlMs: Infinity })
  const record = { nonce: token(), origin: 'o', kind: 'tags', items: ['t'], markTtlMs: DAY } as const
  const ref = await journal.append(namespace, record)
  const sync = await journal.sync(namespace, head)
  assert.ok(sync.kind === 'records' && sync.records.some(({ nonce }) => nonce === record.nonce))
  assert.equal((await journal.marks(namespace, { names, since: head })).unmoved, false)
  assert.deepEqual(await journal.missing(namespace, [ref, { ...ref, nonce: 'lost' }]).then((lost) => lost.length), 1)
  assert.equal((await journal.sync(namespace, undefined)).kind, 'reset')
  await eventually(() => nonces.includes(record.nonce))
  await tail.close()
}

async function exerciseLocks({ locks }: RedisBackend<unknown>, namespace: string): Promise<void> {
  const key = `${namespace}:{users:lock${++count}}`
  const holder = token()
  assert.equal((await locks.acquire(key, { token: holder, ttlMs: DAY })).kind, 'granted')
  assert.equal((await locks.acquire(key, { token: token(), ttlMs: DAY })).kind, 'held')
  assert.equal(await locks.extend(key, holder, 2 * DAY), true)
  let woken = 0
  const watch = locks.watch?.(key, () => woken++)
  // Once because it listens, once because it was released.
  await eventually(() => woken === 1)
  assert.equal(await locks.release(key, holder), true)
  await eventually(() => woken === 2)
  await watch?.close()
}

async function exerciseQueue({ queue, store }: RedisBackend<unknown>, namespace: string, trim: Trim): Promise<void> {
  const name = { namespace, cache: `queue${++count}` }
  const [first, second, owner] = [token(), token(), token()]
  const write = (id: string): Promise<{ kind: string; partition?: number }> =>
    queue.enqueue(name, { key: 'k', label: Buffer.from('label'), frame: buildFrame({ id }), most: 100 })
  await queue.ready()
  const { partition } = await write(first)
  assert.ok(partition !== undefined)
  const claim = async (by: string): Promise<WriteRef> => {
    const claimed = await queue.claim(name, partition, { token: by, leaseMs: DAY, most: 10, resume: true })
    assert.ok(claimed.kind === 'owned' && claimed.refs.length === 1)
    return claimed.refs[0] as WriteRef
  }
  const ref = await claim('former')
  await queue.fetch(name, partition, { token: 'former', refs: [ref] })
  await queue.release(name, partition, 'former')
  await trim(`{${namespace}:${name.cache}:${partition}}:queue`)
  const taken = await claim(owner)
  const { position, waiting } = await queue.size(name)
  assert.equal(waiting, 1)
  assert.equal(await queue.passed(name, position), false)
  await write(second)
  assert.equal((await queue.pending(name, ['k'])).filter((frame) => frame !== undefined).length, 1)
  assert.equal((await store.take(`${namespace}:{${name.cache}:k}`, { token: token(), leaseMs: 1 })).kind, 'dirty')
  const fetched = await queue.fetch(name, partition, { token: owner, refs: [taken] })
  assert.ok(fetched.kind === 'writes' && fetched.writes[0]?.ref.attempts === 0)
  const bury = { ref: taken, opId: second, reason: 'test', most: 100, token: owner }
  assert.equal(await queue.bury(name, partition, bury), 'settled')
  const [letter] = await queue.buried(name, 10)
  assert.equal((await queue.revive(name, letter?.id as string)).kind, 'queued')
  const again = await claim(owner)
  await queue.fetch(name, partition, { token: owner, refs: [again] })
  assert.deepEqual(await queue.settle(name, partition, { token: owner, writes: [{ ref: again, opId: second }] }), [
    'settled',
  ])
  assert.equal(await queue.discard(name, `${partition}:1-1`), false)
  assert.equal(await queue.passed(name, position), true)
  await queue.claim(name, partition, { token: owner, leaseMs: DAY, most: 10, resume: true })
}
