import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { frameHead } from '../frame-head.ts'
import { endWait } from './end-wait.ts'
import { waitingKeys } from './waiting-keys.ts'

/**
 * Makes a write a dead letter, unless its key has a newer value.
 *
 * KEYS stream, index, owner, dirty, dead, deadIndex. ARGV token, id, opId, key, label, reason, attempts, most.
 * Replies 'lost', 'full', 'again' or 'settled'.
 */
export const bury: Script = defineScript(
  'bury',
  frameHead,
  waitingKeys,
  endWait,
  `
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 'lost' end
if redis.call('XLEN', KEYS[5]) >= tonumber(ARGV[8]) then return 'full' end
local key = ARGV[4]
local frame = redis.call('GET', KEYS[4])
local _, sequence = indexed(KEYS[2], key)
local head = headOf(frame)
-- A server without memory refuses nothing after such a change: burying makes room, in the end.
redis.call('PERSIST', KEYS[4])
-- The letter comes first (ADR 0036).
if head and head.id == ARGV[3] then
  local id = redis.call('XADD', KEYS[5], '*', 'key', key, 'label', ARGV[5], 'op', ARGV[3], 'sequence', sequence or '0',
    'attempts', ARGV[7], 'reason', ARGV[6], 'frame', frame)
  redis.call('HSET', KEYS[6], key, id)
end
return endWait({ stream = KEYS[1], index = KEYS[2], dirty = KEYS[4] }, { id = ARGV[2], op = ARGV[3], key = key })`,
)
