import { stdout } from 'node:process'

/** Whether the output is a terminal on which lines may be rewritten. */
const onTerminal = stdout.isTTY
/** Colours only where they can be seen and are not unwanted (NO_COLOR). */
const inColour = onTerminal && stdout.hasColors()

/** Least time between two signs of progress, in ms. */
const REPORT_EVERY_MS = onTerminal ? 100 : 2_000

/** Prints a line. */
export function print(line = ''): void {
  stdout.write(`${line}\n`)
}

export function bold(text: string): string {
  return inColour ? `\x1b[1m${text}\x1b[22m` : text
}

export function dim(text: string): string {
  return inColour ? `\x1b[2m${text}\x1b[22m` : text
}

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

const wholeNumber = new Intl.NumberFormat('en')

/** `60,000` */
export function whole(count: number): string {
  return wholeNumber.format(count)
}

/** `1.93 ms`; three digits below the point under a tenth of a millisecond. */
export function milliseconds(ms: number): string {
  return `${ms.toFixed(Math.abs(ms) < 0.1 ? 3 : 2)} ms`
}

/** `3.1 s` */
export function seconds(s: number): string {
  return `${s.toFixed(1)} s`
}

/** `15.7 %` */
export function percent(part: number, of: number): string {
  return `${((100 * part) / of).toFixed(1)} %`
}
