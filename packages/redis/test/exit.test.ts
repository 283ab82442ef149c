import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { CLIENTS } from './clients.ts'

/** What a program does with the server at `url` and with a port nobody listens on. */
const PROGRAM = `
const { redis } = await import(process.argv[2])
const [url, nowhere] = process.argv.slice(3)
const listener = { record() {}, resync() {} }
redis({ url })
const used = redis({ url })
const tail = used.journal.tail('ns', listener)
await used.store.get('a')
await used.journal.append('ns', { nonce: 'n', origin: 'o', kind: 'keys', items: [], markTtlMs: 1 })
await tail.close()
await used.close()
const down = redis({ url: nowhere })
down.journal.tail('ns', listener)
await down.store.get('a').catch(() => {})
await down.close()
const fresh = redis({ url })
const pending = fresh.store.get('a').catch(() => {})
fresh.journal.tail('ns', listener)
await fresh.close()
await pending
await new Promise((resolve) => setTimeout(resolve, 20))
process.stdout.write('\\n' + JSON.stringify(process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap' && kind !== 'TTYWrap' && kind !== 'MessagePort')))
`

const INSTALLED = CLIENTS.flatMap(({ name, entry }) => (entry === undefined ? [] : [{ name, entry }]))

test.concurrent.each(INSTALLED)('a program that closes its backends over $name ends by itself', async ({ entry }) => {
  await using server = await startRedis({ own: true })
  const folder = await mkdtemp(join(tmpdir(), 'larder-exit-'))
  try {
    const script = join(folder, 'program.mjs')
    await writeFile(script, PROGRAM)
    const args = [new URL(entry, import.meta.url).href, server.url, 'redis://127.0.0.1:1']
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
    expect(
      (JSON.parse(output.slice(output.lastIndexOf('\n') + 1)) as string[]).filter((kind) => kind.startsWith('TCP')),
    ).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
