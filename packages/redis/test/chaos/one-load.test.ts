import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { forkProgram } from './fork-program.ts'

const PROCESSES = 4
const READERS = 1_000
const LOAD_MS = 50

interface Told {
  readonly loads: number
  readonly values: readonly string[]
  readonly answered: number
}

test(
  'a thousand readers of one missing key in each of four processes cause one load, and all get its value',
  { timeout: 90_000 },
  async () => {
    await using server = await startRedis({ own: true })
    const args = [server.port, READERS, LOAD_MS].map(String)
    const children = Array.from({ length: PROCESSES }, () =>
      forkProgram(new URL('./one-load-process.ts', import.meta.url), args),
    )
    try {
      await Promise.all(children.map((child) => word(child)))
      const told = children.map((child) => word(child) as Promise<Told>)
      for (const child of children) child.send('go')
      const results = await Promise.all(told)
      expect(results.reduce((sum, { loads }) => sum + loads, 0)).toBe(1)
      expect(new Set(results.flatMap(({ values }) => values)).size).toBe(1)
      expect(results.map(({ answered }) => answered)).toEqual(children.map(() => READERS))
    } finally {
      for (const child of children) child.kill('SIGKILL')
    }
  },
)

/** The next message of a process; rejects if it ends without one. */
async function word(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a process ended without a word')))
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
  ended.catch(() => {})
  return message
}
