import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from './waiting-keys.ts'

/**
 * Answers the values that some keys have now, and counts an attempt for each. A key whose value is gone waits no longer.
 *
 * KEYS stream, index, owner, sequence, then the dirty key of each. ARGV token, then id, key and label of each.
 * Replies 'lost', or for each `{frame, sequence, deliveries}` or false.
 */
export const fetch: Script = defineScript(
  'fetch',
  waitingKeys,
  `
local stream, index, token = KEYS[1], KEYS[2], ARGV[1]
if redis.call('GET', KEYS[3]) ~= token then return 'lost' end
local replies = {}
for i = 1, #KEYS - 4 do
  local id, key, label = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
  local frame = redis.call('GET', KEYS[4 + i])
  local known, sequence = indexed(index, key)
  if not frame then
    remove(stream, id)
    if known == id then redis.call('HDEL', index, key) end
    replies[i] = false
  else
    if not known then
      sequence = nextSequence(KEYS[4])
      note(index, key, id, sequence, label)
    end
    redis.call('XCLAIM', stream, GROUP, token, 0, id)
    local pending = redis.call('XPENDING', stream, GROUP, id, id, 1)[1]
    replies[i] = { frame, sequence, pending and pending[4] or 2 }
  end
end
return replies`,
)
