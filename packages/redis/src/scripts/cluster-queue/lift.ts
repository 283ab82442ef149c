import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { frameHead } from '../frame-head.ts'

/**
 * Removes a value that lies over its key, if it is still that one. KEYS dirty. ARGV id, and '1' if only one that is not kept may go.
 * Replies 'lifted' (also if there is none) or 'other'.
 */
export const lift: Script = defineScript(
  'lift',
  frameHead,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'lifted' end
local head = headAt(KEYS[1])
if not head or head.id ~= ARGV[1] then return 'other' end
if ARGV[2] == '1' and redis.call('PTTL', KEYS[1]) < 0 then return 'other' end
redis.call('DEL', KEYS[1])
return 'lifted'`,
)
