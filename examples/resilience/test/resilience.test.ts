import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const TIMEOUT_MS = 120_000

test(
  'shows what readers notice of a Redis that is cut off, and of a source that fails',
  { timeout: TIMEOUT_MS },
  async () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=@larder/source', '--import', 'tsx', main], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [code] = (await once(child, 'close')) as [number | null]
    expect({ code, output }).toMatchObject({ code: 0 })

    const phase = (
      label: string,
    ): { readonly errors: string; readonly longest: number; readonly calls: number; readonly most: number } => {
      const block = output.slice(output.indexOf(`\n${label}\n`))
      const [, errors, longest, calls, most] =
        /errors: (.*)\n.*at most (\d+) ms\n.*service (\d+), at most (\d+) at once/.exec(block) ?? []
      return { errors: errors ?? 'no such phase', longest: Number(longest), calls: Number(calls), most: Number(most) }
    }
    for (const label of ['all is well', 'Redis is cut off: the first moments', 'Redis is back', 'all is well again'])
      expect(phase(label), output).toMatchObject({ errors: 'none' })
    const open = phase('Redis is cut off: the circuit is open')
    expect(open, output).toMatchObject({ errors: 'none', most: 8 })
    // Nothing waited for an attempt that gets no answer.
    expect(open.longest).toBeLessThan(200)
    const failing = phase('the price service fails: its circuit is open')
    expect(failing.errors, output).toContain('ERR_LARDER_CIRCUIT_OPEN')
    // One call every half second finds out whether it is back.
    expect(failing.calls).toBeLessThanOrEqual(4)
    expect(output).toMatch(/health: degraded\n {4}- .*circuit of the store of redis/)
    expect(output).toMatch(/- the cache prices: the circuit of the price service is (half-)?open/)
  },
)
