import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMemcached } from '@larder/testing'
import { expect, test } from 'vitest'

/** What a program does with the server at `url` and with a port nobody listens on. */
const PROGRAM = `
const { memcached } = await import(process.argv[2])
const [url, nowhere] = process.argv.slice(3)
memcached({ servers: [url] })
const used = memcached({ servers: [url] })
await used.store.get('a')
await used.journal.append('ns', { nonce: 'n', origin: 'o', kind: 'tags', items: ['a'], markTtlMs: 1 })
await used.close()
const down = memcached({ servers: [nowhere] })
await down.store.get('a').catch(() => {})
await down.close()
const fresh = memcached({ servers: [url] })
const pending = fresh.store.get('a').catch(() => {})
await fresh.close()
await pending
await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
process.stdout.write(JSON.stringify(process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP'))))
`

test('a program that closes its backends ends by itself', async () => {
  await using server = await startMemcached({ own: true })
  const folder = await mkdtemp(join(tmpdir(), 'larder-exit-'))
  try {
    const script = join(folder, 'program.mjs')
    await writeFile(script, PROGRAM)
    const args = [new URL('../src/index.ts', import.meta.url).href, server.url, '127.0.0.1:1']
    const env = { ...process.env, NODE_NO_WARNINGS: '1' }
    const flags = ['--conditions=@larder/source', '--import', 'tsx']
    const child = spawn(process.execPath, [...flags, script, ...args], {
      cwd: import.meta.dirname,
      env,
      timeout: 20_000,
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (data: Buffer) => (output += data.toString()))
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    expect({ code, signal, errors }).toEqual({ code: 0, signal: null, errors: '' })
    expect(JSON.parse(output)).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
