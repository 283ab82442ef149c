import { startRedis } from '@larder/testing'
import { runAlone } from '../measure/run-alone.ts'
import type { Timing } from '../measure/take-turns.ts'
import type { Benchmark, Verdict } from '../report/findings.ts'
import { timingTable } from '../report/timing-table.ts'
import { l1Readers } from './l1-readers.ts'
import { timeL1Hits } from './time-l1-hits.ts'

const MOST = 1.5

/** What an awaited hit in this process' memory costs. */
export const l1Hit: Benchmark = {
  name: 'l1-hit',
  question: 'What does an awaited L1 hit cost, against an awaited async function that reads a Map?',
  async run() {
    await using server = await startRedis()
    const names = [...l1Readers.keys()]
    const together = await timeL1Hits(names, server.url)
    const alone: Timing[] = []
    for (const name of names) alone.push(await runAlone<Timing>('l1-hit-alone.js', [name, server.url]))
    return {
      tables: [
        timingTable('All in one process, as in an application that uses several kinds of caches', together),
        timingTable('Each in a process of its own, with the reference', alone),
      ],
      verdicts: [verdict('caches side by side', together.slice(1)), verdict('one kind of cache', alone)],
    }
  },
}

function verdict(where: string, timings: readonly Timing[]): Verdict {
  const worst = timings.reduce((most, timing) => (timing.ratio > most.ratio ? timing : most))
  return {
    target: `an awaited L1 hit takes at most ${MOST} times an awaited async map.get (${where})`,
    found: `${worst.ratio.toFixed(2)} (${worst.name})`,
    met: worst.ratio <= MOST,
  }
}
