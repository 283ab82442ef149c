import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { frameHead } from '../frame-head.ts'
import { endWait } from './end-wait.ts'
import { waitingKeys } from './waiting-keys.ts'

/**
 * Ends the wait of keys that were written.
 *
 * KEYS stream, index, owner, then the dirty key of each. ARGV token, then id, opId and key of each. Replies 'lost', or for each 'settled' or
 * 'again'.
 */
export const settle: Script = defineScript(
  'settle',
  frameHead,
  waitingKeys,
  endWait,
  `
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 'lost' end
local replies = {}
for i = 1, #KEYS - 3 do
  local write = { id = ARGV[3 * i - 1], op = ARGV[3 * i], key = ARGV[3 * i + 1] }
  replies[i] = endWait({ stream = KEYS[1], index = KEYS[2], dirty = KEYS[3 + i] }, write)
end
return replies`,
)
