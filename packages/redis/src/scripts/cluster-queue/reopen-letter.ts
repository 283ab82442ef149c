import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from '../queue/waiting-keys.ts'

/**
 * Lets the key of a dead letter wait again, with the letter's sequence, and removes the letter; unless a later write of the key has superseded
 * it. KEYS stream, index, dead, deadIndex, ops. ARGV id. Replies 'queued', 'superseded' or 'missing'.
 */
export const reopenLetter: Script = defineScript(
  'reopen-letter',
  waitingKeys,
  `
local entry = redis.call('XRANGE', KEYS[3], ARGV[1], ARGV[1])[1]
if not entry then return 'missing' end
local key = field(entry, 'key')
redis.call('XDEL', KEYS[3], ARGV[1])
if redis.call('HGET', KEYS[4], key) ~= ARGV[1] then return 'superseded' end
redis.call('HDEL', KEYS[4], key)
redis.call('HSET', KEYS[5], key, field(entry, 'op'))
local id = waitingAt(KEYS[1], KEYS[2], key)
if id then
  note(KEYS[2], key, id, field(entry, 'sequence'), field(entry, 'label'))
else
  place(KEYS[1], KEYS[2], { key = key, sequence = field(entry, 'sequence'), label = field(entry, 'label') })
end
return 'queued'`,
)
