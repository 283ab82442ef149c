import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from './waiting-keys.ts'

/** Removes a dead letter. KEYS dead, deadIndex. ARGV id. Replies 1, or 0 if there is none. */
export const discard: Script = defineScript(
  'discard',
  waitingKeys,
  `
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then return 0 end
local key = field(entry, 'key')
if redis.call('HGET', KEYS[2], key) == ARGV[1] then redis.call('HDEL', KEYS[2], key) end
return redis.call('XDEL', KEYS[1], ARGV[1])`,
)
