import { memory } from '@larder/core'
import type { Backend } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { runSecurity } from '../src/run-security.ts'

async function run(open: () => Backend): Promise<string> {
  const lines: string[] = []
  const failed = await runSecurity(open, (line) => lines.push(line))
  expect({ failed, lines }).toMatchObject({ failed: 0 })
  return lines.join('\n')
}

test('over Redis, nothing is read, forged or lost', async () => {
  await using server = await startRedis({ own: true })
  const printed = await run(() => redis({ url: server.url }))
  expect(printed).toContain('yes  reads the diagnosis')
  expect(printed).toContain('yes  the diagnosis cannot be read')
  expect(printed).toContain('yes  step 4: both read all 5 values')
})

test('nor over the memory backend', async () => {
  const shared = memory()
  await run(() => ({ ...shared, close: async () => {} }))
  await shared.close()
})
