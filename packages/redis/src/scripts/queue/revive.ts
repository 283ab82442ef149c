import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { frameHead } from '../frame-head.ts'
import { leaseValue } from '../lease-value.ts'
import { versionFloor } from '../version-floor.ts'
import { waitingKeys } from './waiting-keys.ts'

/**
 * Lets a dead letter wait again, unless its key was written since.
 *
 * KEYS value, lease, floor, dirty; stream, index, dead, deadIndex. ARGV id. Replies 'queued', 'superseded' or 'missing'.
 */
export const revive: Script = defineScript(
  'revive',
  frameHead,
  leaseValue,
  versionFloor,
  waitingKeys,
  `
local entry = redis.call('XRANGE', KEYS[7], ARGV[1], ARGV[1])[1]
if not entry then return 'missing' end
local key, frame = field(entry, 'key'), field(entry, 'frame')
local newest = redis.call('HGET', KEYS[8], key) == ARGV[1]
local function forget()
  redis.call('XDEL', KEYS[7], ARGV[1])
  if newest then redis.call('HDEL', KEYS[8], key) end
end
local head = headOf(frame)
local _, leaseVersion = leaseAt(KEYS[2])
local outdated = head and head.version and head.version < highestVersion(KEYS[3], leaseVersion, headAt(KEYS[1]))
if outdated or not newest then
  forget()
  return 'superseded'
end
-- The letter goes last (ADR 0036).
place(KEYS[5], KEYS[6], { key = key, sequence = field(entry, 'sequence'), label = field(entry, 'label') })
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SET', KEYS[4], frame)
forget()
return 'queued'`,
)
