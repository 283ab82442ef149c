import type { IoredisLike } from './client/ioredis-like.ts'
import { checkedHooks } from './hooks/redis-hooks.ts'
import type { RedisHooks } from './hooks/redis-hooks.ts'
import type { RedisServerOptions, RedisTuning } from './redis-options.ts'
import { resolveConnection } from './resolve-connection.ts'
import type { Connection } from './resolve-connection.ts'

const DEFAULT_TIMEOUT_MS = 1000
const DEFAULT_JOURNAL_LENGTH = 10_000

/** Options that apply to every connection, checked, with defaults filled in. */
export interface ResolvedTuning {
  readonly timeoutMs: number
  readonly journalLength: number
  readonly hooks: RedisHooks | undefined
}

/** The options of `redis()`, checked, with defaults filled in. */
export interface ResolvedOptions<Client = IoredisLike> extends ResolvedTuning {
  readonly target:
    { readonly kind: 'client'; readonly client: Client } | { readonly kind: 'server'; readonly connection: Connection }
}

/** Options of any `redis()`: where the server is, or a client of the library that the entry is for. */
export type AnyOptions = RedisServerOptions | (RedisTuning & { readonly client: unknown })

/** Knows a client of one library by its methods; throws `TypeError` for anything else. */
export type Recognise<Client> = (client: unknown) => Client

/** Checks the options of `redis()`; throws `TypeError` for wrong ones. Messages never contain credentials. */
export function resolveOptions(options: AnyOptions): ResolvedOptions
export function resolveOptions<Client>(options: AnyOptions, recognise: Recognise<Client>): ResolvedOptions<Client>
export function resolveOptions(
  options: AnyOptions,
  recognise: Recognise<unknown> = recogniseIoredis,
): ResolvedOptions<unknown> {
  const tuning = resolveTuning(options)
  if ('cluster' in options || 'sentinel' in options)
    throw new TypeError('clusters and sentinels are reached over ioredis: import redis() from @larder/redis')
  if (!('client' in options)) return { ...tuning, target: { kind: 'server', connection: resolveConnection(options) } }
  if ('url' in options || 'host' in options || 'path' in options)
    throw new TypeError('redis() takes either a client or a server, not both')
  return { ...tuning, target: { kind: 'client', client: recognise(options.client) } }
}

/** Checks the options that apply to every connection. */
export function resolveTuning(options: RedisTuning): ResolvedTuning {
  return {
    timeoutMs: positive('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    journalLength: positive('journalLength', options.journalLength ?? DEFAULT_JOURNAL_LENGTH),
    hooks: checkedHooks(options.hooks),
  }
}

function recogniseIoredis(given: unknown): IoredisLike {
  const client = given as Partial<IoredisLike> | null | undefined
  if (typeof client?.callBuffer !== 'function' || typeof client.duplicate !== 'function')
    throw new TypeError(
      '`client` is not an ioredis client: for others, import redis() from @larder/redis/node-redis or @larder/redis/valkey-glide',
    )
  if (client.isCluster === true)
    throw new TypeError('`client` is a cluster client: those are taken by redis() of @larder/redis')
  return client as IoredisLike
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`\`${name}\` is not a positive whole number`)
  return value
}
