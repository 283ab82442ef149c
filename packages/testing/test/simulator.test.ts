import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runSchedule, simulate } from '@larder/testing'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)
const PACKAGE = join(import.meta.dirname, '..')

describe('the simulator', () => {
  test('finds that every promise is kept in 400 schedules', { timeout: 120_000 }, async () => {
    const { schedules, steps, violations } = await simulate({ from: 1, count: 400 })
    expect(violations).toEqual([])
    expect(schedules).toBe(400)
    expect(steps).toBeGreaterThan(400 * 100)
  })

  test('gives the same trace for the same seed, whatever ran before', async () => {
    const seeds = [3, 17, 255, 361, 1620]
    const first = new Map<number, readonly string[]>()
    for (const seed of seeds) first.set(seed, (await runSchedule(seed, { trace: true })).trace)
    for (const seed of seeds.toReversed()) {
      const { trace } = await runSchedule(seed, { trace: true })
      expect(trace.length).toBeGreaterThan(50)
      expect(trace).toEqual(first.get(seed))
    }
  })

  test('takes the same decisions whether or not somebody wants the trace', async () => {
    const traced = await runSchedule(42, { trace: true })
    const plain = await runSchedule(42)
    expect(plain.steps).toBe(traced.steps)
    expect(plain.trace).toEqual([])
  })

  test('shares the seeds between processes, and says how fast it was', async () => {
    const args = [
      '--conditions=@larder/source',
      '--import',
      'tsx',
      'src/simulator/cli.ts',
      '--seeds',
      '150',
      '--jobs',
      '2',
    ]
    const { stdout } = await run(process.execPath, args, { cwd: PACKAGE })
    expect(stdout).toMatch(/^150 schedules, \d+ events, [\d.]+ s, \d+ schedules per second, 0 violations\n$/)
  })
})
