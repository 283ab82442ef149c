import type { GlideClientConfiguration } from '@valkey/valkey-glide'
import type { RedisServerOptions, RedisTuning } from '../redis-options.ts'
import type { GlideLike } from './glide-like.ts'

/** A client that exists already. It is used as it is, and never ended. */
export interface RedisClientOptions<Client extends GlideLike = GlideLike> extends RedisTuning {
  readonly client: Client
  /** What the client was made with: the journal opens a second connection with it. */
  readonly configuration: GlideClientConfiguration
}

/** Options of `redis()`. */
export type RedisOptions = RedisServerOptions | RedisClientOptions
