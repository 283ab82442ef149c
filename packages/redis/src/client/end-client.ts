import type { Clock } from '@larder/core/contracts'
import type { IoredisLike } from './ioredis-like.ts'

const END_MS = 1000

/** Ends a client's connection, and waits for at most a second until it has ended. */
export async function endClient(
  client: Pick<IoredisLike, 'status' | 'on' | 'disconnect'>,
  clock: Clock,
): Promise<void> {
  if (client.status === 'end') return
  await new Promise<void>((resolve) => {
    // While it waits for its next attempt there is no connection whose end could be told.
    const timer = clock.after(client.status === 'reconnecting' ? 0 : END_MS, resolve)
    client.on('end', () => {
      timer.cancel()
      resolve()
    })
    client.disconnect()
  })
}
