import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '@larder/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeCertificates, startRedis, startRedisCluster, startRedisSentinels } from '../src/index.ts'
import { askRedis } from '../src/servers/ask-redis.ts'
import { poll } from '../src/servers/poll.ts'

const run = promisify(execFile)

let place: string

// A temporary folder of this file's own: other test files start servers at the same time.
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'larder-topologies-'))
  await chmod(place, 0o755)
  vi.stubEnv('TMPDIR', place)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(place, { recursive: true, force: true })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('startRedisCluster', () => {
  test('starts six nodes that serve all slots within eight seconds, and leaves nothing behind', async () => {
    const start = systemClock.monotonic()
    const cluster = await startRedisCluster()
    expect(systemClock.monotonic() - start).toBeLessThan(8_000)
    const pids = cluster.nodes.map(({ pid }) => pid as number)
    expect(pids.filter(isAlive)).toHaveLength(6)
    for (const { port } of cluster.addresses) {
      expect(await askRedis(port, 'CLUSTER', 'INFO')).toContain('cluster_slots_ok:16384')
      expect(await askRedis(port, 'CLUSTER', 'INFO')).toContain('cluster_size:3')
    }
    const roles = await Promise.all(cluster.addresses.map(({ port }) => askRedis(port, 'INFO', 'replication')))
    expect(roles.filter((role) => role.includes('role:slave'))).toHaveLength(3)
    await cluster.stop()
    await cluster.stop()
    expect(pids.filter(isAlive)).toEqual([])
    expect(await readdir(place)).toEqual([])
  })

  test('a primary that is killed is replaced by its replica, and follows it when it comes back', async () => {
    await using cluster = await startRedisCluster({ nodeTimeoutMs: 1000 })
    const [primary, , , replica] = cluster.nodes
    await primary?.kill()
    const promoted = async (): Promise<boolean> =>
      (await askRedis(replica?.port as number, 'INFO', 'replication')).includes('role:master')
    expect(await poll(10_000, promoted)).toBe(true)
    await primary?.restart()
    await cluster.untilServing()
    expect(await askRedis(primary?.port as number, 'INFO', 'replication')).toContain('role:slave')
  })

  test('says what went wrong when a node does not start', async () => {
    await expect(startRedisCluster({ args: ['--no-such-option', '1'] })).rejects.toThrow(/ended while starting/)
    expect(await readdir(place)).toEqual([])
  })
})

describe('startRedisSentinels', () => {
  test('starts a primary, a replica and three sentinels that fail over', async () => {
    const group = await startRedisSentinels()
    const [first, second] = group.servers
    expect(await group.primary()).toBe(first)
    await first?.kill()
    expect(await poll(15_000, async () => (await group.primary()) === second)).toBe(true)
    const promoted = async (): Promise<boolean> =>
      (await askRedis(second?.port as number, 'INFO', 'replication')).includes('role:master')
    expect(await poll(5_000, promoted)).toBe(true)
    await group.stop()
    expect(await readdir(place)).toEqual([])
  })
})

describe('startRedis', () => {
  test('speaks TLS only, and only with who has a certificate of the authority', async () => {
    await using certificates = await makeCertificates()
    await using server = await startRedis({ tls: certificates })
    expect(server.url).toBe(`rediss://127.0.0.1:${server.port}`)
    await expect(askRedis(server.port, 'PING')).rejects.toThrow()
    const ask = async ({ path, keyPath }: { readonly path: string; readonly keyPath: string }): Promise<string> => {
      const flags = ['--tls', '--cacert', certificates.authority.path, '--cert', path, '--key', keyPath]
      return (await run('redis-cli', ['-p', String(server.port), ...flags, '--sni', certificates.server.name, 'PING']))
        .stdout
    }
    expect(await ask(certificates.client)).toBe('PONG\n')
    await expect(ask(certificates.stranger)).rejects.toThrow()
    await certificates.remove()
    expect(existsSync(certificates.client.path)).toBe(false)
  })

  test('listens on a unix socket', async () => {
    const socketPath = join(place, 'redis.sock')
    await using server = await startRedis({ socketPath })
    expect(server.owned).toBe(true)
    expect((await run('redis-cli', ['-s', socketPath, 'PING'])).stdout).toBe('PONG\n')
  })
})
