import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from '../queue/waiting-keys.ts'

/**
 * Reads a dead letter; removes one that a later write of its key has superseded. KEYS dead, deadIndex. ARGV id.
 * Replies `{'missing'}`, `{'superseded'}` or `{'present', key, label, id of the value, frame}`.
 */
export const readLetter: Script = defineScript(
  'read-letter',
  waitingKeys,
  `
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then return {'missing'} end
local key = field(entry, 'key')
if redis.call('HGET', KEYS[2], key) ~= ARGV[1] then
  redis.call('XDEL', KEYS[1], ARGV[1])
  return {'superseded'}
end
return {'present', key, field(entry, 'label'), field(entry, 'op'), field(entry, 'frame')}`,
)
