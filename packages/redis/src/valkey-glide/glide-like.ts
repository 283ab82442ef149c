/**
 * A `GlideClient` of Valkey GLIDE as far as the adapter uses it. Described by structure, so that a client from another copy of the
 * library fits too.
 */
export interface GlideLike {
  customCommand(args: (string | Buffer)[], options?: object): Promise<unknown>
  subscribe(channels: Iterable<string>, timeoutMs: number): Promise<unknown>
  unsubscribe(channels: Iterable<string> | null, timeoutMs: number): Promise<unknown>
  close(errorMessage?: string): void
}

/** Knows a `GlideClient` by its methods; throws `TypeError` for anything else. */
export function recogniseGlide(given: unknown): GlideLike {
  const client = given as Partial<GlideLike> | null | undefined
  if (typeof client?.customCommand !== 'function' || typeof client.close !== 'function')
    throw new TypeError('`client` is not a client that GlideClient.createClient() made')
  if ('ssubscribe' in client) throw new TypeError('`client` is a cluster client, which redis() does not support')
  if (typeof client.subscribe !== 'function')
    throw new TypeError('`client` comes from a version of Valkey GLIDE before 2.3')
  return client as GlideLike
}
