import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { startRedis } from '@larder/testing'
import { quantile } from '../measure/quantile.ts'
import type { Benchmark } from '../report/findings.ts'

const PROCESSES = 4
const CALLERS = 1_000
const LOAD_MS = 50
/** Longest that a caller may wait, in times the loader's own time, for 99 of 100. */
const TARGET = 2.5

interface Told {
  readonly loads: number
  readonly waits: readonly number[]
}

/** How often a loader runs, and how long its callers wait, when all processes miss the same key at once. */
export const stampede: Benchmark = {
  name: 'stampede',
  question: `What do ${PROCESSES} processes with ${CALLERS} callers each do to a loader of ${LOAD_MS} ms?`,
  async run() {
    await using server = await startRedis()
    const program = new URL('./stampede-node.js', import.meta.url)
    const children = Array.from({ length: PROCESSES }, () =>
      fork(program, [server.url, String(CALLERS), String(LOAD_MS)]),
    )
    try {
      await Promise.all(children.map(word))
      const told = children.map((child) => word(child) as Promise<Told>)
      for (const child of children) child.send('go')
      const results = await Promise.all(told)
      const loads = results.reduce((sum, result) => sum + result.loads, 0)
      const waits = results.flatMap((result) => result.waits)
      const times = (share: number): number => quantile(waits, share) / LOAD_MS
      return {
        tables: [
          {
            title: '',
            columns: [
              { field: 'callers', label: '' },
              { field: 'loads', label: 'loader runs' },
              { field: 'p50', label: 'p50, times the loader', digits: 2 },
              { field: 'p99', label: 'p99, times the loader', digits: 2 },
            ],
            rows: [{ callers: `${PROCESSES} x ${CALLERS} callers`, loads, p50: times(0.5), p99: times(0.99) }],
          },
        ],
        verdicts: [
          { target: 'one loader run for all processes', found: String(loads), met: loads === 1 },
          {
            target: `p99 of the callers within ${TARGET} times the loader's time`,
            found: times(0.99).toFixed(2),
            met: times(0.99) <= TARGET,
          },
        ],
      }
    } finally {
      for (const child of children) child.kill('SIGKILL')
    }
  },
}

/** The next message of a process. Rejects if it ends without one. */
async function word(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('a process of the stampede ended without a word')),
  )
  ended.catch(() => {})
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
  return message
}
