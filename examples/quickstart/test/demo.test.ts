import { setTimeout as sleep } from 'node:timers/promises'
import { findServer, startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { listProcesses } from './list-processes.ts'
import { startDemo } from './start-demo.ts'

const TIMEOUT_MS = 120_000
const REQUESTS = 3_000

test('without Redis, two nodes share a memory backend', { timeout: TIMEOUT_MS }, async () => {
  const { code, output } = await startDemo(['--no-redis']).ended
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output).toContain('two nodes in one process, over one memory() backend')
  checkSummary(output)
})

test('with REDIS_URL, two processes share that Redis', { timeout: TIMEOUT_MS }, async () => {
  await using server = await startRedis({ own: true })
  const { code, output } = await startDemo([], { REDIS_URL: server.url }).ended
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output).toContain(`two processes over Redis at 127.0.0.1:${server.port}`)
  checkSummary(output)
})

test('says what is wrong when REDIS_URL leads nowhere', { timeout: TIMEOUT_MS }, async () => {
  const { code, output } = await startDemo([], { REDIS_URL: 'redis://user:secret@127.0.0.1:1' }).ended
  expect(code).toBe(1)
  expect(output).toContain('The demonstration has failed: no answer from Redis at 127.0.0.1:1')
  expect(output).not.toContain('secret')
})

test('Ctrl-C leaves no process behind', { timeout: TIMEOUT_MS }, async () => {
  await findServer('redis-server', { own: true })
  const demo = startDemo([])
  await demo.printed('the same with the cache')
  const children = listProcesses().filter(({ parent }) => parent === demo.process.pid)
  // The second node, the server, and the shell that watches over the server.
  expect(children.length).toBeGreaterThanOrEqual(2)
  demo.process.kill('SIGINT')
  expect((await demo.ended).code).toBe(130)
  while (listProcesses().some(({ pid }) => children.some((child) => child.pid === pid))) await sleep(20)
})

/** What is printed is the same every time, apart from the figures; and the figures fit together. */
function checkSummary(output: string): void {
  expect(output).not.toMatch(/[\x1b\r]/)
  const pair = (label: string): readonly [number, number] => {
    const match = new RegExp(`^  ${label} +([\\d,.]+)(?: m?s)? +([\\d,.]+)(?: m?s)?$`, 'm').exec(output)
    expect(match, `no line "${label}" in\n${output}`).not.toBeNull()
    return [amount(match?.[1]), amount(match?.[2])]
  }
  expect(pair('requests')).toEqual([REQUESTS, REQUESTS])
  const [different] = pair('different things asked for')
  const [queriesWithout, queriesWith] = pair('queries sent to the database')
  expect(queriesWithout).toBe(REQUESTS)
  // One load a key, on both nodes together; a busy machine may cost a few more.
  expect(queriesWith).toBeGreaterThanOrEqual(different)
  expect(queriesWith).toBeLessThan(1.1 * different)
  for (const label of ['latency, p50', 'latency, p99']) for (const ms of pair(label)) expect(ms).toBeGreaterThan(0)
  pair('time for all of them')

  const share = (label: string): readonly [number, number] => {
    const match = new RegExp(`^  ${label}: .* ([\\d,]+) +([\\d.]+) %$`, 'm').exec(output)
    expect(match, `no line "${label}" in\n${output}`).not.toBeNull()
    return [amount(match?.[1]), amount(match?.[2])]
  }
  const shares = ['L1', 'L2', 'neither'].map(share)
  expect(sum(shares.map(([reads]) => reads))).toBe(REQUESTS)
  expect(sum(shares.map(([, percent]) => percent))).toBeCloseTo(100, 0)

  expect(output).toMatch(/Shanghai: [\d,]+ inhabitants, then [\d,]+/)
  for (const ms of pair('new value on node 2, since it began')) expect(ms).toBeGreaterThan(0)
  expect(output).toMatch(/new value on node 2, since it resolved +-?[\d.]+ ms +-?[\d.]+ ms/)
  pair('old values read there since it resolved')
}

function amount(text: string | undefined): number {
  return Number(text?.replaceAll(',', ''))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
