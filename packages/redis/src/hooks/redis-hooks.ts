import type { StoreTimeoutError, StoreUnavailableError } from '@larder/core'

/** Which of a backend's two connections: the one that commands go through, or the one that hears messages. */
export type RedisConnection = 'commands' | 'subscriber'

/** A command that the backend sends. Of its arguments only keys are shown; values and tokens never are. */
export interface RedisCommand {
  /** `get`, `mget`, `evalsha`, `eval`, `info`, `ping` or `cluster`; on the subscriber `subscribe`, `unsubscribe` or `ping`. */
  readonly name: string
  /** Short name of the script that an `evalsha` or `eval` runs, such as `take` or `fill`. */
  readonly script?: string
  /** The keys it touches, of `subscribe` and `unsubscribe` the channels; without the client's own prefix. */
  readonly keys: readonly string[]
  /** How many arguments follow the name, keys included. */
  readonly argumentCount: number
  readonly connection: RedisConnection
}

/** How a command ended. The error holds no argument of it. */
export type RedisOutcome =
  | { readonly kind: 'answered'; readonly durationMs: number }
  | {
      readonly kind: 'failed'
      readonly durationMs: number
      readonly error: StoreTimeoutError | StoreUnavailableError
    }

/**
 * What is told of the commands that the backend sends, and of its connections. A hook is called synchronously and not waited for;
 * one that throws or rejects is reported once as a warning of the process, and hurts no call.
 */
export interface RedisHooks {
  /** A command is about to be given to the client library. */
  before?(command: RedisCommand): unknown
  /** It was answered, or failed, or was given up by the client library. Gets the object that `before` got. */
  after?(command: RedisCommand, outcome: RedisOutcome): unknown
  /** A connection is ready, for the first time or again. */
  connected?(connection: RedisConnection): unknown
  /** A connection that was ready is lost. Not told of connections that `close()` ends. */
  disconnected?(connection: RedisConnection): unknown
}

const NAMES = ['before', 'after', 'connected', 'disconnected'] as const satisfies readonly (keyof RedisHooks)[]

/** Checks the option `hooks`; throws `TypeError` for what is none. */
export function checkedHooks(hooks: RedisHooks | undefined): RedisHooks | undefined {
  if (hooks === undefined) return undefined
  if (typeof hooks !== 'object' || (hooks as unknown) === null) throw new TypeError('`hooks` is not an object')
  for (const name of NAMES) {
    if (hooks[name] !== undefined && typeof hooks[name] !== 'function')
      throw new TypeError(`\`hooks.${name}\` is not a function`)
  }
  if (NAMES.every((name) => hooks[name] === undefined)) throw new TypeError(`\`hooks\` has none of ${NAMES.join(', ')}`)
  return hooks
}
