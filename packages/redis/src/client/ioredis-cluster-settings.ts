import type { Random } from '@larder/core/contracts'
import type { IoredisClusterLike } from './ioredis-cluster-like.ts'
import { ioredisSettings } from './ioredis-settings.ts'
import type { IoredisSettings } from './ioredis-settings.ts'

/** Redirections of one command: more than a move or a failover needs. */
const MOST_REDIRECTIONS = 8
const SLOTS_REFRESH_MS = 5000

/** What keeps a cluster client from repeating a command whose outcome is unknown, and from sending one that was given up. */
export interface IoredisClusterSettings {
  readonly enableOfflineQueue: boolean
  readonly enableReadyCheck: boolean
  readonly scaleReads: 'master'
  readonly maxRedirections: number
  readonly retryDelayOnFailover: number
  readonly retryDelayOnClusterDown: number
  readonly retryDelayOnTryAgain: number
  readonly slotsRefreshTimeout: number
  readonly slotsRefreshInterval: number
  readonly clusterRetryStrategy: (attempt: number) => number
  readonly redisOptions: Omit<IoredisSettings, 'retryStrategy' | 'enableOfflineQueue'>
}

/** The settings of a cluster client that the adapter makes. */
export function ioredisClusterSettings(timeoutMs: number, random: Random): IoredisClusterSettings {
  const { retryStrategy, enableOfflineQueue: _, ...redisOptions } = ioredisSettings(timeoutMs, random)
  return {
    enableOfflineQueue: false,
    // It asks a node that is being connected to, and takes the refusal for the answer. A cluster that is down says so to each command.
    enableReadyCheck: false,
    scaleReads: 'master',
    maxRedirections: MOST_REDIRECTIONS,
    // A command that was under way when its connection broke may have been carried out.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // A slot is on its way. All attempts together take less than the time limit: a later one would come after its caller was told.
    retryDelayOnTryAgain: Math.max(1, Math.floor(timeoutMs / (2 * MOST_REDIRECTIONS))),
    slotsRefreshTimeout: timeoutMs,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    clusterRetryStrategy: retryStrategy,
    // ioredis holds commands back while it connects to a node; they must not outlive their callers there.
    redisOptions: { ...redisOptions, connectTimeout: Math.min(redisOptions.connectTimeout, timeoutMs) },
  }
}

const warned = new WeakSet<IoredisClusterLike>()

/** Warns, once per client, of the settings that make a cluster client handed over by the user unsafe to write through. */
export function warnOfUnsafeClusterSettings(client: IoredisClusterLike): void {
  const { options } = client
  const { redisOptions = {} } = options
  const unsafe = [
    options.enableOfflineQueue === false ? '' : 'enableOfflineQueue should be false',
    options.retryDelayOnFailover === 0 ? '' : 'retryDelayOnFailover should be 0',
    options.retryDelayOnClusterDown === 0 ? '' : 'retryDelayOnClusterDown should be 0',
    options.enableAutoPipelining === true ? 'enableAutoPipelining should be false' : '',
    redisOptions.autoResendUnfulfilledCommands === false
      ? ''
      : 'redisOptions.autoResendUnfulfilledCommands should be false',
    redisOptions.maxRetriesPerRequest === 0 ? '' : 'redisOptions.maxRetriesPerRequest should be 0',
    typeof redisOptions.commandTimeout === 'number' ? '' : 'redisOptions.commandTimeout should be set',
    typeof redisOptions.socketTimeout === 'number' ? '' : 'redisOptions.socketTimeout should be set',
  ].filter((advice) => advice !== '')
  if (unsafe.length === 0 || warned.has(client)) return
  warned.add(client)
  process.emitWarning(
    `The cluster client given to redis() may apply commands after they were reported as failed, or wait too long: ${unsafe.join(', ')}. Give redis() a \`cluster\` to have a safe client made.`,
    { type: 'LarderWarning', code: 'LARDER_REDIS_CLIENT_SETTINGS' },
  )
}
