import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from '../queue/waiting-keys.ts'

/**
 * Ends the wait of keys whose values were lifted, unless a write came since they stood at `sequence`: then, and if another value was found, the
 * key gets a new place.
 *
 * KEYS stream, index, owner, ops. ARGV token, then entry id, key, sequence and '1' (another value) or '' of each. Replies 'lost', or for each
 * 'settled' or 'again'.
 */
export const endWaits: Script = defineScript(
  'end-waits',
  waitingKeys,
  `
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 'lost' end
local replies = {}
for i = 2, #ARGV, 4 do
  local id, key, stood, other = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3] == '1'
  remove(KEYS[1], id)
  local placed, sequence, label = indexed(KEYS[2], key)
  local again = other or (placed and sequence ~= stood)
  if placed == id then
    if again then
      place(KEYS[1], KEYS[2], { key = key, sequence = sequence, label = label })
    else
      redis.call('HDEL', KEYS[2], key)
      redis.call('HDEL', KEYS[4], key)
    end
  end
  replies[#replies + 1] = again and 'again' or 'settled'
end
return replies`,
)
