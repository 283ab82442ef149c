import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A run of the demonstration, as `npm run demo -- --quick` starts it. */
export interface DemoRun {
  readonly process: ChildProcess
  /** Resolves with all that was printed once `text` is part of it. Rejects if the run ends before. */
  printed(text: string): Promise<string>
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

export function startDemo(args: readonly string[], environment: Readonly<Record<string, string>> = {}): DemoRun {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const { REDIS_URL: _, ...inherited } = process.env
  const child = spawn(process.execPath, ['--conditions=@larder/source', '--import', 'tsx', main, '--quick', ...args], {
    cwd: import.meta.dirname,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const add = (text: string): void => {
    output += text
    child.emit('printed')
  }
  child.stdout.setEncoding('utf8').on('data', add)
  child.stderr.setEncoding('utf8').on('data', add)
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
  const printed = async (text: string): Promise<string> => {
    while (!output.includes(text)) {
      const over = await Promise.race([ended.then(() => true), once(child, 'printed').then(() => false)])
      if (over && !output.includes(text)) throw new Error(`it has not printed "${text}" but:\n${output}`)
    }
    return output
  }
  return { process: child, printed, ended }
}
