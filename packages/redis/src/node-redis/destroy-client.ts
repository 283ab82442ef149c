import type { NodeRedisLike } from './node-redis-like.ts'

/** Ends a client at once; what was not answered rejects. */
export function destroyClient(client: NodeRedisLike): void {
  try {
    client.destroy()
  } catch {
    // Version 5 throws when there is nothing to end.
  }
}
