import { FRAME } from '@larder/core/contracts'
import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { frameHead } from './frame-head.ts'
import { leaseValue } from './lease-value.ts'
import { versionFloor } from './version-floor.ts'

/**
 * Takes an entry away, and with it the right of any running load to bring one back.
 *
 * KEYS value, lease, floor, dirty. ARGV mode, token or '', leaseMs, graceMs or 0, version or '', floorMs or ''.
 * Replies 'newer', or 1 or 0: whether an unexpired entry was there.
 */
export const drop: Script = defineScript(
  'drop',
  frameHead,
  leaseValue,
  versionFloor,
  `
local head = headAt(KEYS[1])
local version = tonumber(ARGV[5])
local _, leaseVersion = leaseAt(KEYS[2])
local pending = redis.call('EXISTS', KEYS[4]) == 1 and (headAt(KEYS[4]) or {})
local pendingVersion = pending and pending.version or -1
if version and version < math.max(highestVersion(KEYS[3], leaseVersion, head), pendingVersion) then return 'newer' end
-- A value that is written behind is the newest there is, unless versions say otherwise: nothing is set in front of it.
if pending and ARGV[1] == 'set' and (pendingVersion < 0 or not version or version <= pendingVersion) then return 'newer' end
local left = redis.call('PTTL', KEYS[1])
local grace = tonumber(ARGV[4])
if ARGV[1] == 'expire' and head and grace > 0 then
  if not head.expired then redis.call('SETRANGE', KEYS[1], ${FRAME.offset.flags}, string.char(head.flags + ${FRAME.flag.expired})) end
  if left < 0 or left > grace then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
else
  redis.call('DEL', KEYS[1])
end
-- An entry without a version may be newer than the write: the two cannot be told apart, so neither stays.
local unordered = version and head and not head.version
if ARGV[2] == '' or unordered then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], ARGV[2] .. (version and '|' .. ARGV[5] or ''), 'PX', ARGV[3])
end
if version then
  raiseFloor(KEYS[3], version, tonumber(ARGV[6]))
elseif head and head.version then
  raiseFloor(KEYS[3], head.version, left > 0 and left or nil)
end
return head and not head.expired and 1 or 0`,
)
