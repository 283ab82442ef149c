import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'

/**
 * Ends a lock for its holder, and tells those who wait for it: the channel has the name of the lock's key. KEYS lock. ARGV token. Replies 1,
 * or 0 if the lock is lost.
 */
export const unlock: Script = defineScript(
  'unlock',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
-- A user without rights to the channel has still released it: who waits looks by himself, only later.
redis.pcall('PUBLISH', KEYS[1], '')
return 1`,
)
