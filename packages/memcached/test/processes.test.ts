import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { World } from './world.ts'

test("two processes see each other's invalidations with their next read", async () => {
  await using world = await World.start(2)
  const program = new URL('second-process.ts', import.meta.url).pathname
  const flags = ['--conditions=@larder/source', '--import', 'tsx', program, ...world.servers.map(({ url }) => url)]
  const other = spawn(process.execPath, flags, { cwd: import.meta.dirname, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: other.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<string> => {
    other.stdin.write(`${line}\n`)
    return (await lines.next()).value as string
  }
  try {
    const users = world.node().cache<string>('users', { tags: ['team'] })
    for (let i = 0; i < 20; i++) {
      const key = `k${i % 5}`
      expect(await users.readThrough(key, async () => `a${i}`)).toBe(`a${i}`)
      expect(await ask(`read ${key} b${i}`)).toBe(`a${i}`)
      if (i % 2 === 0) expect(await ask(`delete ${key}`)).toBe('true')
      else expect(await ask('tags team')).toBe('done')
      expect(await users.get(key)).toBeUndefined()
      expect(await ask(`read ${key} c${i}`)).toBe(`c${i}`)
      await users.delete(key)
      expect(await ask(`read ${key} d${i}`)).toBe(`d${i}`)
      await users.delete(key)
    }
  } finally {
    other.stdin.end()
    await once(other, 'exit')
  }
})
