import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { frameHead } from '../frame-head.ts'
import { leaseValue } from '../lease-value.ts'
import { versionFloor } from '../version-floor.ts'

/**
 * Lays a value over its key, and removes the key's entry and any lease. Over a value that has its place it stays for good; else until it is
 * kept, or its time is over. A value that another writer has laid and not yet kept is never laid over: it may be acknowledged any moment.
 *
 * KEYS value, lease, floor, dirty. ARGV frame, floorMs or '', ttlMs, and the lease that must stand, or ''.
 * Replies `{'laid', server's milliseconds}`, `{'newer'}`, `{'unkept', id}` or `{'lost'}`.
 */
export const lay: Script = defineScript(
  'lay',
  frameHead,
  leaseValue,
  versionFloor,
  `
local head, old = headOf(ARGV[1]), headAt(KEYS[4])
local version = head and head.version
local token, leaseVersion = leaseAt(KEYS[2])
if ARGV[4] ~= '' and token ~= ARGV[4] then return {'lost'} end
local known = math.max(highestVersion(KEYS[3], leaseVersion, headAt(KEYS[1])), old and old.version or -1)
if version and version < known then return {'newer'} end
local left = redis.call('PTTL', KEYS[4])
if old and left >= 0 and old.id ~= head.id then return {'unkept', old.id} end
if left == -1 then
  redis.call('SET', KEYS[4], ARGV[1])
else
  redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[3])
end
redis.call('DEL', KEYS[1], KEYS[2])
if version then raiseFloor(KEYS[3], version, tonumber(ARGV[2])) end
local time = redis.call('TIME')
return {'laid', time[1] * 1000 + math.floor(time[2] / 1000)}`,
)
