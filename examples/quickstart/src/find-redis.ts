import { redis } from '@larder/redis'
import { findServer, startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'

/**
 * A Redis for this run: the one that `REDIS_URL` names, or the `redis-server` of this machine, started here. `undefined` if there is
 * neither: nothing is installed for a demonstration. Rejects if the one that is named does not answer, or the one here does not start.
 */
export async function findRedis(): Promise<ServerHandle | undefined> {
  process.env['LARDER_SERVER_INSTALL'] = 'never'
  const found = await findServer('redis-server').catch(() => undefined)
  if (found === undefined) return undefined
  const server = await startRedis()
  await assertReachable(server)
  return server
}

async function assertReachable({ url, host, port }: ServerHandle): Promise<void> {
  const backend = redis({ url })
  const { status, reasons = [] } = await backend.health()
  await backend.close()
  if (status === 'down') throw new Error(`no answer from Redis at ${host}:${port}: ${reasons.join('; ')}`)
}
