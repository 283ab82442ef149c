import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPostgres, startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { demonstrate } from '../src/demonstrate.ts'
import { makeTables } from '../src/make-tables.ts'
import { openPrismaService } from '../src/open-prisma-service.ts'
import { openTypeormService } from '../src/open-typeorm-service.ts'

const run = promisify(execFile)

function check(lines: readonly string[]): void {
  const asked = (label: string): string => lines.find((line) => line.startsWith(label)) ?? `no step ${label}`
  expect(asked('Prisma: the same again')).toMatch(/cache 1 +database 0 .*"Ada"/)
  expect(asked('Prisma: article 1, with the new name')).toContain('Ada L.')
  expect(asked('TypeORM: article 1, with the new title')).toContain('On looms')
  expect(asked('Prisma: titles of author 2, not touched')).toMatch(/cache 1 +database 0 .*On compilers/)
}

/** What the example prints, run as its README says. */
async function printed(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<readonly string[]> {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const command = ['--conditions=@larder/source', '--import', 'tsx', 'src/main.ts', ...args]
  return (await run(process.execPath, command, { cwd, env, timeout: 110_000 })).stdout.split('\n')
}

test('what one service writes, the other serves; the rest stays cached', { timeout: 120_000 }, async () => {
  await using postgres = await startPostgres({ own: true })
  await using store = await startRedis({ own: true })
  const urls = { postgres: postgres.url, redis: store.url }
  await using _tables = await makeTables(urls.postgres)
  await using typeorm = await openTypeormService(urls)
  await using prisma = openPrismaService(urls)
  const lines: string[] = []
  await demonstrate(prisma, typeorm, (line) => lines.push(line))
  check(lines)
})

test('it starts with one command', { timeout: 120_000 }, async () => {
  check(await printed([]))
})

test('so it does as two processes, on servers that the environment names', { timeout: 120_000 }, async () => {
  await using postgres = await startPostgres({ own: true })
  await using store = await startRedis({ own: true })
  const env = { ...process.env, POSTGRES_URL: postgres.url, REDIS_URL: store.url }
  check(await printed(['--processes'], env))
})
