import { channel } from 'node:diagnostics_channel'

const errors = channel('larder:error')

/** Publishes a failure that no caller hears of, and hands it to the user's own handler, whose failures are published as well. */
export function reportError(error: unknown, handler: ((error: unknown) => void) | undefined): void {
  if (errors.hasSubscribers) errors.publish({ error })
  try {
    handler?.(error)
  } catch (failure) {
    if (errors.hasSubscribers) errors.publish({ error: failure })
  }
}
