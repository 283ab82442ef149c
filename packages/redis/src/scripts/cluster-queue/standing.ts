import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from '../queue/waiting-keys.ts'

/**
 * Tells the owner how keys of its partition stand, and, if asked, counts an attempt for each.
 *
 * KEYS stream, index, owner, ops. ARGV token, '1' to count or '', then entry id and key of each. Replies 'lost', or for each
 * `{sequence or '', id of the value the sequence belongs to, deliveries}`.
 */
export const standing: Script = defineScript(
  'standing',
  waitingKeys,
  `
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 'lost' end
local replies = {}
for i = 3, #ARGV, 2 do
  local id, key = ARGV[i], ARGV[i + 1]
  local _, sequence = indexed(KEYS[2], key)
  if ARGV[2] == '1' then redis.call('XCLAIM', KEYS[1], GROUP, ARGV[1], 0, id) end
  local pending = redis.pcall('XPENDING', KEYS[1], GROUP, id, id, 1)
  replies[#replies + 1] = { sequence or '', redis.call('HGET', KEYS[4], key) or '', pending[1] and pending[1][4] or 2 }
end
return replies`,
)
