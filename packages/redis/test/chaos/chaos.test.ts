import { expect, test } from 'vitest'
import { chaosRun } from './chaos-run.ts'

/** `LARDER_CHAOS_SECONDS`: time under faults, default 60. */
const seconds = Number(process.env['LARDER_CHAOS_SECONDS'] ?? 60)
/** `LARDER_CHAOS_SEED`: what is drawn repeats, the timing of real processes does not. Default: another one each time; it is printed. */
const seed = Number(process.env['LARDER_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** `LARDER_CHAOS_FAULTS`: names of kinds, with commas between; default all. */
const faults = (process.env['LARDER_CHAOS_FAULTS'] ?? '').split(',').filter((name) => name !== '')

test(
  'three processes keep the promises of the freshness protocol on a real server, whatever happens to them, to it and to the network',
  { timeout: (seconds + 120) * 1_000 },
  async () => {
    const summary = await chaosRun({ seed, seconds, faults })
    console.log(summary)
    expect(summary).toContain('no violation')
  },
)
