import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPostgres, startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { demonstrate } from '../src/demonstrate.ts'
import { openPrismaService } from '../src/open-prisma-service.ts'
import { openTypeormService } from '../src/open-typeorm-service.ts'

const run = promisify(execFile)

test('what one service writes, the other serves; the rest stays cached', { timeout: 120_000 }, async () => {
  await using postgres = await startPostgres({ own: true })
  await using store = await startRedis({ own: true })
  const urls = { postgres: postgres.url, redis: store.url }
  await using typeorm = await openTypeormService(urls, { fill: true })
  await using prisma = openPrismaService(urls)
  const lines: string[] = []
  await demonstrate(prisma, typeorm, (line) => lines.push(line))
  const asked = (label: string): string => lines.find((line) => line.startsWith(label)) ?? `no step ${label}`
  expect(asked('Prisma: the same again')).toMatch(/cache 1 +database 0 .*"Ada"/)
  expect(asked('Prisma: article 1, with the new name')).toContain('Ada L.')
  expect(asked('TypeORM: article 1, with the new title')).toContain('On looms')
  expect(asked('Prisma: titles of author 2, not touched')).toMatch(/cache 1 +database 0 .*On compilers/)
})

test('it starts with one command', { timeout: 120_000 }, async () => {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  const args = ['--conditions=@larder/source', '--import', 'tsx', 'src/main.ts']
  const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 110_000 })
  expect(stdout).toContain('Prisma: titles of author 2, not touched')
})
