import type { Random } from '@larder/core/contracts'
import { backoff } from './backoff.ts'
import type { IoredisLike, IoredisLikeOptions } from './ioredis-like.ts'
import { linkLimit } from './link-limit.ts'

const DISCONNECT_MS = 250

/** What keeps a client from applying a command after its caller was told that it failed, and from waiting for ever. */
export interface IoredisSettings extends Omit<IoredisLikeOptions, 'keyPrefix'> {
  readonly commandTimeout: number
  readonly socketTimeout: number
  readonly enableOfflineQueue: false
  readonly autoResendUnfulfilledCommands: false
  readonly maxRetriesPerRequest: 0
  readonly connectTimeout: number
  readonly disconnectTimeout: number
  readonly keepAlive: number
  readonly autoResubscribe: boolean
  readonly enableReadyCheck: boolean
  readonly reconnectOnError: null
  readonly retryStrategy: (attempt: number) => number
}

/**
 * The settings of every connection that the adapter opens. With ioredis' defaults a `SET` that was reported as timed out is
 * applied after a reconnect, over a newer value, and a `GET` on a dead server takes more than a minute to reject.
 */
export function ioredisSettings(timeoutMs: number, random: Random): IoredisSettings {
  const linkMs = linkLimit(timeoutMs)
  return {
    commandTimeout: timeoutMs,
    socketTimeout: linkMs,
    connectTimeout: linkMs,
    disconnectTimeout: DISCONNECT_MS,
    keepAlive: 5000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // It leaves a failed resubscription unhandled, and does not tell when one has succeeded.
    autoResubscribe: false,
    enableReadyCheck: true,
    reconnectOnError: null,
    retryStrategy: (attempt) => backoff(attempt, random),
  }
}

const warned = new WeakSet<IoredisLike>()

/** Warns, once per client, of the settings that make a client handed over by the user unsafe to write through. */
export function warnOfUnsafeSettings(client: IoredisLike): void {
  const { options } = client
  const unsafe = [
    options.enableOfflineQueue === false ? '' : 'enableOfflineQueue should be false',
    options.autoResendUnfulfilledCommands === false ? '' : 'autoResendUnfulfilledCommands should be false',
    options.maxRetriesPerRequest === 0 ? '' : 'maxRetriesPerRequest should be 0',
    typeof options.commandTimeout === 'number' ? '' : 'commandTimeout should be set',
    typeof options.socketTimeout === 'number' ? '' : 'socketTimeout should be set',
  ].filter((advice) => advice !== '')
  if (unsafe.length === 0 || warned.has(client)) return
  warned.add(client)
  process.emitWarning(
    `The client given to redis() may apply commands after they were reported as failed, or wait too long: ${unsafe.join(', ')}. Give redis() a url to have a safe client made.`,
    { type: 'LarderWarning', code: 'LARDER_REDIS_CLIENT_SETTINGS' },
  )
}
