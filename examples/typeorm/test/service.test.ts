import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPostgres, startRedis } from '@larder/testing'
import { expect, test, vi } from 'vitest'
import { demonstrate, get, send } from '../src/demonstrate.ts'
import { clean, fill } from '../src/fill.ts'
import { openService } from '../src/open-service.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('..', import.meta.url))

/** Where an instance says it listens. Rejects if it ends before. */
async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('an instance ended before it listened')))
  const said = once(child.stdout as NodeJS.ReadableStream, 'data')
  const [line] = (await Promise.race([said, ended])) as [Buffer]
  ended.catch(() => {})
  return line.toString().trim()
}

test('what one instance writes, the other serves; the rest stays cached', { timeout: 120_000 }, async () => {
  await using postgres = await startPostgres({ own: true })
  await using store = await startRedis({ own: true })
  const urls = { postgres: postgres.url, redis: store.url }
  await using first = await openService(urls)
  await using second = await openService(urls)
  await fill(first.source)
  const lines: string[] = []
  await demonstrate(first, second, (line) => lines.push(line))
  const asked = (label: string): string => lines.find((line) => line.startsWith(label)) ?? `no step ${label}`
  expect(asked('A: the same again')).toMatch(/database 0 .*"Ada"/)
  expect(asked('B: the same')).toMatch(/database 0 .*"Ada"/)
  expect(asked("B: GET /articles/1, with the author's")).toContain('Ada L.')
  expect(asked('A: GET /authors/2/articles, not touched')).toMatch(/cache 1 +database 0/)
  await send(first, 'PATCH /articles/3', { title: 'On compilers, again' })
  expect(await get(first, '/articles/3')).toMatchObject({ title: 'On compilers, again' })
  await clean(first.source)
})

test('two processes on one Redis: what one writes, the other serves', { timeout: 120_000 }, async () => {
  await using postgres = await startPostgres({ own: true })
  await using store = await startRedis({ own: true })
  const env = { ...process.env, POSTGRES_URL: postgres.url, REDIS_URL: store.url }
  const args = ['--conditions=@larder/source', '--import', 'tsx', 'src/instance.ts']
  const start = (): ChildProcess =>
    spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const processes = [start(), start()]
  try {
    const [first, second] = (await Promise.all(processes.map(firstLine))) as [string, string]
    const article = async (url: string): Promise<{ readonly title: string; readonly queries: string | null }> => {
      const response = await fetch(`${url}/articles/1`)
      const { title } = (await response.json()) as { title: string }
      return { title, queries: response.headers.get('x-queries') }
    }
    expect(await article(first)).toEqual({ title: 'On engines', queries: '{"cache":0,"database":2}' })
    expect(await article(second)).toEqual({ title: 'On engines', queries: '{"cache":2,"database":0}' })
    await fetch(`${first}/articles/1`, { method: 'PATCH', body: '{"title":"On engines, again"}' })
    await vi.waitFor(async () => expect((await article(second)).title).toBe('On engines, again'), { timeout: 5_000 })
    expect((await article(first)).title).toBe('On engines, again')
  } finally {
    for (const child of processes) child.kill('SIGTERM')
    await Promise.all(processes.map(async (child) => child.exitCode ?? (await once(child, 'exit'))))
  }
})

test('it starts with one command', { timeout: 120_000 }, async () => {
  const args = ['--conditions=@larder/source', '--import', 'tsx', 'src/main.ts']
  const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 110_000 })
  expect(stdout).toContain('instance B: http://127.0.0.1:')
  expect(stdout).toContain('{"error":"not found"}')
})
