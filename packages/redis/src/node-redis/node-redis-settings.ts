import type { Random } from '@larder/core/contracts'
import { backoff } from '../client/backoff.ts'
import { linkLimit } from '../client/link-limit.ts'
import type { NodeRedisLike } from './node-redis-like.ts'

/** What keeps a client from applying a command after its caller was told that it failed. */
export interface NodeRedisSettings {
  readonly socket: {
    readonly connectTimeout: number
    readonly socketTimeout: number
    readonly reconnectStrategy: (attempt: number) => number
  }
  readonly pingInterval: number
  readonly disableOfflineQueue: true
  readonly maintNotifications: 'disabled'
}

/**
 * The settings of a client that the adapter makes. With node-redis' defaults, what is sent while there is no connection is applied
 * after the reconnect, over newer values, and a server that accepts and stays silent keeps the client connecting for ever.
 */
export function nodeRedisSettings(timeoutMs: number, random: Random): NodeRedisSettings {
  const linkMs = linkLimit(timeoutMs)
  return {
    socket: {
      connectTimeout: linkMs,
      // Also ends connections that are merely idle, hence the pings.
      socketTimeout: linkMs,
      reconnectStrategy: (attempt) => backoff(attempt, random),
    },
    pingInterval: Math.floor(linkMs / 3),
    disableOfflineQueue: true,
    // While a server announces maintenance, commands would be kept past their deadline.
    maintNotifications: 'disabled',
  }
}

/** What a copy of a client needs to hear messages on one connection, and to end with it. */
export function nodeRedisLinkOverrides(client: NodeRedisLike, timeoutMs: number): object {
  return {
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    clientSideCache: undefined,
    emitInvalidate: undefined,
    socket: {
      ...client.options?.socket,
      connectTimeout: linkLimit(timeoutMs),
      socketTimeout: undefined,
      reconnectStrategy: false,
    },
  }
}

const warned = new WeakSet<NodeRedisLike>()

/** Warns, once per client, of the settings that make a client handed over by the user unsafe to write through. */
export function warnOfUnsafeSettings(client: NodeRedisLike): void {
  const { disableOfflineQueue, keyPrefix, socket } = client.options ?? {}
  const unsafe = [
    disableOfflineQueue === true ? '' : 'disableOfflineQueue should be true',
    typeof socket?.socketTimeout === 'number' ? '' : 'socket.socketTimeout should be set, and pingInterval to less',
    typeof socket?.reconnectStrategy === 'function'
      ? ''
      : 'socket.reconnectStrategy should be a function, for the default gives up after a socket timeout',
    keyPrefix === undefined ? '' : 'keyPrefix is not applied, which `namespace` of the cache manager replaces',
  ].filter((advice) => advice !== '')
  if (unsafe.length === 0 || warned.has(client)) return
  warned.add(client)
  process.emitWarning(
    `The client given to redis() may apply commands after they were reported as failed, or stay without a connection: ${unsafe.join(', ')}. Give redis() a url to have a safe client made.`,
    { type: 'LarderWarning', code: 'LARDER_REDIS_CLIENT_SETTINGS' },
  )
}
