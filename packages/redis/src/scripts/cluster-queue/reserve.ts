import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'

/**
 * Takes the lease of a key that no value lies over, whoever had it: any write from here on revokes it. KEYS lease, dirty. ARGV token, leaseMs.
 * Replies 1, or 0 if a value lies over the key.
 */
export const reserve: Script = defineScript(
  'reserve',
  `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`,
)
