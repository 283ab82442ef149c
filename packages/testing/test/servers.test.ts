import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findServer, startMariadb, startMemcached, startPostgres, startRedis } from '../src/index.ts'
import type { ServerHandle } from '../src/index.ts'
import { withInstallLock } from '../src/servers/install-lock.ts'
import { poll } from '../src/servers/poll.ts'

/** Sends one line and answers the first bytes of the reply; rejects when the connection ends first. */
async function ask(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.setTimeout(2000, () => socket.destroy(new Error('no answer')))
    socket.once('connect', () => socket.write(`${line}\r\n`))
    socket.once('data', (data) => {
      resolve(data.toString('latin1'))
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
  })
}

async function serverFolders(): Promise<readonly string[]> {
  return (await readdir(place)).filter((entry) => /^larder-(redis|memcached|postgres|mariadb)-/.test(entry))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

let place: string

// A temporary folder of this file's own: other test files start servers at the same time.
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'larder-servers-'))
  await chmod(place, 0o755)
  vi.stubEnv('TMPDIR', place)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(place, { recursive: true, force: true })
})

describe('every server', () => {
  const starters: readonly (readonly [string, () => Promise<ServerHandle>])[] = [
    ['redis', () => startRedis({ own: true })],
    ['memcached', () => startMemcached({ own: true })],
    ['postgres', () => startPostgres({ own: true })],
    ['mariadb', () => startMariadb({ own: true })],
  ]

  test.each(starters)(
    '%s starts on a loopback port of its own and leaves nothing behind when it is stopped',
    async (_name, start) => {
      const server = await start()
      const pid = server.pid as number
      expect(isAlive(pid)).toBe(true)
      expect(server.host).toBe('127.0.0.1')
      expect(new URL(server.url).port).toBe(String(server.port))
      expect(await serverFolders()).toHaveLength(1)
      await server.stop()
      await server.stop()
      expect(isAlive(pid)).toBe(false)
      expect(server.pid).toBeUndefined()
      expect(await serverFolders()).toEqual([])
    },
  )

  test.each(starters)('%s comes back on its port after it was killed', async (_name, start) => {
    await using server = await start()
    const { port, pid } = server
    await server.kill()
    expect(server.pid).toBeUndefined()
    await expect(ask(port, 'x')).rejects.toThrow()
    await server.restart()
    expect(server.port).toBe(port)
    expect(server.pid).not.toBe(pid)
  })

  test.each(starters)('%s can be stopped while it is paused', async (_name, start) => {
    const server = await start()
    const pid = server.pid as number
    server.pause()
    await server.stop()
    expect(isAlive(pid)).toBe(false)
  })
})

describe('startRedis', () => {
  test('starts empty after a restart unless it is persistent', async () => {
    await using volatile = await startRedis({ own: true })
    await using lasting = await startRedis({ persistent: true })
    for (const server of [volatile, lasting]) {
      expect(await ask(server.port, 'SET k v')).toBe('+OK\r\n')
      await server.restart()
    }
    expect(await ask(volatile.port, 'EXISTS k')).toBe(':0\r\n')
    expect(await ask(lasting.port, 'EXISTS k')).toBe(':1\r\n')
  })

  test('answers nothing while it is paused, and everything afterwards', async () => {
    await using server = await startRedis({ own: true })
    server.pause()
    const answer = ask(server.port, 'PING')
    await expect(Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))])).resolves.toBe(
      'silence',
    )
    server.resume()
    expect(await answer).toBe('+PONG\r\n')
  })

  test('takes a password, a memory limit and further arguments', async () => {
    await using server = await startRedis({ password: 'a b/c', maxmemory: '32mb', args: ['--databases', '3'] })
    expect(server.url).toBe(`redis://:a%20b%2Fc@127.0.0.1:${server.port}`)
    expect(await ask(server.port, 'PING')).toMatch(/^-NOAUTH/)
    const config = await ask(server.port, 'AUTH "a b/c"\r\nCONFIG GET maxmemory\r\nCONFIG GET databases')
    expect(config).toContain('+OK')
  })

  test('allows DEBUG from this machine', async () => {
    await using server = await startRedis({ own: true })
    expect(await ask(server.port, 'DEBUG JMAP')).not.toMatch(/not allowed/)
  })

  test('says what went wrong when the server does not start', async () => {
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(
      /ended while starting[^]*no-such-option/,
    )
    expect(await serverFolders()).toEqual([])
  })

  test('uses the running server that REDIS_URL names, and does not stop it', async () => {
    await using running = await startRedis({ own: true })
    vi.stubEnv('REDIS_URL', running.url)
    const used = await startRedis()
    expect(used).toMatchObject({
      url: running.url,
      host: '127.0.0.1',
      port: running.port,
      owned: false,
      pid: undefined,
    })
    await used.stop()
    expect(await ask(running.port, 'PING')).toBe('+PONG\r\n')
    expect(() => used.pause()).toThrow(/own: true/)
    await expect(used.kill()).rejects.toThrow(/own: true/)
    await using own = await startRedis({ own: true })
    expect(own.port).not.toBe(running.port)
  })

  test.each(['SIGKILL', 'exit'])('does not outlive the process that started it: %s', async (end) => {
    const script = join(place, 'parent.mjs')
    const source = new URL('../src/servers/start-redis.ts', import.meta.url).href
    const note = join(place, 'note')
    await writeFile(
      script,
      `import { writeFileSync } from 'node:fs'
       const { startRedis } = await import(${JSON.stringify(source)})
       const server = await startRedis({ own: true })
       writeFileSync(${JSON.stringify(note)}, String(server.pid))
       ${end === 'exit' ? '' : 'setInterval(() => {}, 1000)'}`,
    )
    const parent = spawn(process.execPath, ['--conditions=@larder/source', '--import', 'tsx', script], {
      stdio: 'inherit',
      cwd: import.meta.dirname,
    })
    const exited = once(parent, 'exit')
    try {
      expect(await poll(20_000, async () => existsSync(note) && (await readFile(note, 'utf8')) !== '')).toBe(true)
      const pid = Number(await readFile(note, 'utf8'))
      if (end !== 'exit') parent.kill('SIGKILL')
      // A handle that was not stopped does not keep its process alive either.
      await exited
      expect(await poll(5000, async () => !isAlive(pid))).toBe(true)
      expect(await poll(5000, async () => (await serverFolders()).length === 0)).toBe(true)
    } finally {
      parent.kill('SIGKILL')
    }
  })
})

describe('findServer', () => {
  test('answers a running server before it looks for a program', async () => {
    vi.stubEnv('MEMCACHED_URL', 'memcached://cache.example:11211')
    expect(await findServer('memcached')).toEqual({ kind: 'running', url: 'memcached://cache.example:11211' })
    expect(await findServer('memcached', { own: true })).toMatchObject({ kind: 'program' })
  })

  test('fails with one line of advice when there is no server and none may be installed', async () => {
    vi.stubEnv('LARDER_SERVER_INSTALL', 'never')
    vi.stubEnv('PATH', '')
    const catalog = await import('../src/servers/server-catalog.ts')
    const entry = catalog.SERVER_CATALOG['redis-server'] as { folders: readonly string[] }
    const { folders } = entry
    entry.folders = []
    try {
      const error = await findServer('redis-server').catch((reason: unknown) => reason as Error)
      expect(error).toBeInstanceOf(Error)
      expect((error as Error).message).toMatch(/apt-get install redis-server.*docker compose up -d.*REDIS_URL/)
      expect((error as Error).message).not.toContain('\n')
    } finally {
      entry.folders = folders
    }
  })
})

describe('the install lock', () => {
  test('lets one process work at a time and takes over from one that is gone', async () => {
    const path = join(place, 'lock')
    const gone = spawn(process.execPath, ['-e', ''])
    await once(gone, 'exit')
    await writeFile(path, String(gone.pid))
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    }
    await Promise.all([1, 2, 3].map(() => withInstallLock(work, path)))
    expect(most).toBe(1)
    expect(existsSync(path)).toBe(false)
  })
})
