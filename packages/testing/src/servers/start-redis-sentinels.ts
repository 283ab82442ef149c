import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { askRedis } from './ask-redis.ts'
import { findServer } from './find-server.ts'
import { OwnedServer } from './owned-server.ts'
import { poll } from './poll.ts'
import { REDIS_PROBE } from './redis-command.ts'
import { serverFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'
import { startRedis } from './start-redis.ts'

/** How to start servers that sentinels watch. */
export interface StartRedisSentinelsOptions {
  /** What the sentinels call the group. Default `larder`. */
  readonly name?: string
  /** Sentinels; more than half of them must agree on a failover. Default 3. */
  readonly sentinels?: number
  /** How long a server may be silent before it counts as down, in milliseconds. Default 1,000. */
  readonly downAfterMs?: number
  /** Longest time until the sentinels know everybody, in milliseconds; default 20,000. */
  readonly startMs?: number
}

/** A primary with a replica, and the sentinels that watch them. */
export interface RedisSentinelsHandle extends AsyncDisposable {
  readonly name: string
  /** The servers: first the one that was primary at the start. */
  readonly servers: readonly ServerHandle[]
  readonly sentinels: readonly ServerHandle[]
  /** Where the sentinels are, as clients want to have it. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** The server that the sentinels call the primary. Rejects if none of them answers. */
  primary(): Promise<ServerHandle>
  /** Ends all of them and removes their folders. Idempotent. */
  stop(): Promise<void>
}

/** Starts a primary, a replica and sentinels on free loopback ports. Rejects with the reason if the sentinels do not come to know all of them. */
export async function startRedisSentinels(options: StartRedisSentinelsOptions = {}): Promise<RedisSentinelsHandle> {
  const { name = 'larder', sentinels: count = 3, startMs = 20_000 } = options
  const servers: ServerHandle[] = []
  const sentinels: ServerHandle[] = []
  const stop = async (): Promise<void> =>
    void (await Promise.all([...sentinels, ...servers].map((server) => server.stop())))
  try {
    const primary = await startRedis({ own: true, args: ['--repl-diskless-sync-delay', '0'] })
    servers.push(primary)
    const following = ['--replicaof', `127.0.0.1 ${primary.port}`, '--repl-diskless-sync-delay', '0']
    servers.push(await startRedis({ own: true, args: following }))
    for (let i = 0; i < count; i++) sentinels.push(await startSentinel(primary.port, options))
    await untilWatching(sentinels, name, startMs)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    name,
    servers,
    sentinels,
    addresses: sentinels.map(({ host, port }) => ({ host, port })),
    primary: () => primaryOf(name, servers, sentinels),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function startSentinel(primaryPort: number, options: StartRedisSentinelsOptions): Promise<ServerHandle> {
  const { name = 'larder', sentinels = 3, downAfterMs = 1000, startMs = 20_000 } = options
  const found = await findServer('redis-server', { own: true })
  if (found.kind === 'running') throw new Error('Sentinels need a program to start')
  const folder = await serverFolder('redis-sentinel')
  const config = join(folder, 'sentinel.conf')
  await writeFile(
    config,
    [
      `sentinel monitor ${name} 127.0.0.1 ${primaryPort} ${Math.floor(sentinels / 2) + 1}`,
      `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
      `sentinel failover-timeout ${name} ${5 * downAfterMs}`,
      '',
    ].join('\n'),
  )
  return OwnedServer.start({
    name: 'redis-server --sentinel',
    folder,
    command: (port) => ({
      path: found.path,
      args: [config, '--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      stopSignal: 'SIGTERM',
      killSignal: 'SIGKILL',
    }),
    url: (port) => `redis://127.0.0.1:${port}`,
    probe: REDIS_PROBE,
    startMs,
  })
}

/** A sentinel that does not know the replica, or the others, cannot fail over. */
async function untilWatching(sentinels: readonly ServerHandle[], name: string, startMs: number): Promise<void> {
  const others = `sentinels=${sentinels.length}`
  const watching = await poll(startMs, async () => {
    const infos = await Promise.all(sentinels.map(({ port }) => askRedis(port, 'INFO', 'sentinel').catch(() => '')))
    return infos.every((info) => /status=ok/.test(info) && info.includes('slaves=1') && info.includes(others))
  })
  if (!watching) throw new Error(`The sentinels of ${name} did not find everybody within ${startMs} ms`)
}

async function primaryOf(
  name: string,
  servers: readonly ServerHandle[],
  sentinels: readonly ServerHandle[],
): Promise<ServerHandle> {
  for (const { port, pid } of sentinels) {
    if (pid === undefined) continue
    const info = await askRedis(port, 'INFO', 'sentinel').catch(() => '')
    const address = new RegExp(`name=${name},.*address=127\\.0\\.0\\.1:(\\d+)`).exec(info)
    const primary = servers.find((server) => server.port === Number(address?.[1]))
    if (primary !== undefined) return primary
  }
  throw new Error(`No sentinel knows the primary of ${name}`)
}
