import { stdout } from 'node:process'
import { seconds, whole } from './figures.ts'
import { onTerminal } from './print.ts'

/** Least time between two signs of progress, in ms. */
const REPORT_EVERY_MS = onTerminal ? 100 : 2_000

/** Runs a step that takes a while, and tells how far it is: in one line on a terminal, else in a line every two seconds. */
export async function withProgress<R>(
  label: string,
  total: number,
  step: (report: (done: number) => void) => Promise<R>,
): Promise<R> {
  const begunAt = performance.now()
  let reportedAt = begunAt
  const line = (text: string): string => `  ${label.padEnd(30)} ${text}`
  const report = (done: number): void => {
    const now = performance.now()
    if (now - reportedAt < REPORT_EVERY_MS) return
    reportedAt = now
    const text = line(`${whole(done)} of ${whole(total)}`)
    stdout.write(onTerminal ? `\r${text}\x1b[K` : `${text}\n`)
  }
  if (onTerminal) stdout.write(line('…'))
  const result = await step(report)
  const text = line(`${whole(total)} in ${seconds((performance.now() - begunAt) / 1000)}`)
  stdout.write(onTerminal ? `\r${text}\x1b[K\n` : `${text}\n`)
  return result
}
