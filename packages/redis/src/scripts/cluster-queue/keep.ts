import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { frameHead } from '../frame-head.ts'

/**
 * Keeps a laid value for good, now that its key has a place. Another value, or none, means that it was kept and written or laid over
 * meanwhile; but after `until` it may as well have run out.
 *
 * KEYS dirty. ARGV id, until (the server's milliseconds). Replies 'kept' or 'late'.
 */
export const keep: Script = defineScript(
  'keep',
  frameHead,
  `
local head = headAt(KEYS[1])
if head and head.id == ARGV[1] then
  redis.call('PERSIST', KEYS[1])
  return 'kept'
end
local time = redis.call('TIME')
return time[1] * 1000 + math.floor(time[2] / 1000) < tonumber(ARGV[2]) and 'kept' or 'late'`,
)
