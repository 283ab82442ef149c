import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from '../queue/waiting-keys.ts'

/**
 * Lets a key wait for its writer; one that waits already keeps its place. Notes which value the sequence belongs to; for the same value again
 * it answers the same.
 *
 * KEYS stream, index, sequence, deadIndex, ops. ARGV key, label, id, most or ''. Replies the sequence, or 'full'.
 */
export const awaitWriter: Script = defineScript(
  'await-writer',
  waitingKeys,
  `
local key, op = ARGV[1], ARGV[3]
local id, known = waitingAt(KEYS[1], KEYS[2], key)
if id and redis.call('HGET', KEYS[5], key) == op then return known end
if not id and ARGV[4] ~= '' and redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 'full' end
-- Whatever its writer would not take before is out of date now.
redis.call('HDEL', KEYS[4], key)
redis.call('HSET', KEYS[5], key, op)
local sequence = nextSequence(KEYS[3])
if id then
  -- The value that failed before is not the one that waits now.
  local pending = redis.pcall('XPENDING', KEYS[1], GROUP, id, id, 1)
  if pending[1] then redis.call('XCLAIM', KEYS[1], GROUP, pending[1][2], 0, id, 'RETRYCOUNT', 1, 'JUSTID') end
  note(KEYS[2], key, id, sequence, ARGV[2])
else
  place(KEYS[1], KEYS[2], { key = key, sequence = sequence, label = ARGV[2] })
end
return sequence`,
)
