import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPostgres, startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { demonstrate, get, send } from '../src/demonstrate.ts'
import { clean, fill } from '../src/fill.ts'
import { openService } from '../src/open-service.ts'

const run = promisify(execFile)

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

test('it starts with one command', { timeout: 120_000 }, async () => {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  const args = ['--conditions=@larder/source', '--import', 'tsx', 'src/main.ts']
  const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 110_000 })
  expect(stdout).toContain('instance B: http://127.0.0.1:')
  expect(stdout).toContain('{"error":"not found"}')
})
