import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from '../queue/waiting-keys.ts'

/**
 * Makes a write a dead letter, while no later write of its key has been let wait. The key waits on: its value is still to be lifted.
 *
 * KEYS index, owner, dead, deadIndex. ARGV token, key, label, id, sequence as it stood, attempts, reason, frame, most.
 * Replies 'lost', 'full', 'again' or the id of the dead letter.
 */
export const keepLetter: Script = defineScript(
  'keep-letter',
  waitingKeys,
  `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'lost' end
if redis.call('XLEN', KEYS[3]) >= tonumber(ARGV[9]) then return 'full' end
local key = ARGV[2]
local _, sequence = indexed(KEYS[1], key)
if (sequence or '') ~= ARGV[5] then return 'again' end
local id = redis.call('XADD', KEYS[3], '*', 'key', key, 'label', ARGV[3], 'op', ARGV[4], 'sequence', sequence or '0',
  'attempts', ARGV[6], 'reason', ARGV[7], 'frame', ARGV[8])
redis.call('HSET', KEYS[4], key, id)
return id`,
)
