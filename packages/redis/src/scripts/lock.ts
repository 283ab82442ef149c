import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'

/**
 * Gives a lock away, unless somebody else holds it, with a fencing token that is greater than every earlier one: one more than the last,
 * or the server's time in microseconds, whichever is greater. The time carries it over the loss of the last one. Lua's `tostring` would
 * round numbers of that size.
 *
 * KEYS lock, fence. ARGV token, ttlMs, fenceMs, fenceAbove. Replies `{'held', msLeft}` or `{'granted', fencingToken}`.
 */
export const lock: Script = defineScript(
  'lock',
  `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {'held', redis.call('PTTL', KEYS[1])} end
local time = redis.call('TIME')
local last = math.max(tonumber(redis.call('GET', KEYS[2])) or 0, tonumber(ARGV[4]))
local fence = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
redis.call('SET', KEYS[2], fence, 'PX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {'granted', fence}`,
)
