import { stdout } from 'node:process'

/** Whether the output is a terminal, on which lines may be rewritten. */
export const onTerminal: boolean = stdout.isTTY
/** Colours only where they can be seen and are not unwanted (NO_COLOR). */
const inColour = onTerminal && stdout.hasColors()

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
