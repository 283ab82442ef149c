import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'

/** Prolongs a lock for its holder; never shortens it. KEYS lock. ARGV token, ttlMs. Replies 1, or 0 if the lock is lost. */
export const extendLock: Script = defineScript(
  'extend-lock',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`,
)
