import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { frameHead } from '../frame-head.ts'
import { leaseValue } from '../lease-value.ts'
import { versionFloor } from '../version-floor.ts'
import { waitingKeys } from './waiting-keys.ts'

/**
 * Acknowledges a write: lays its value over the key, removes the key's entry and any lease, and lets it wait. A key that waits already keeps
 * its place.
 *
 * KEYS value, lease, floor, dirty; stream, index, sequence, deadIndex. ARGV frame, floorMs or '', key, label, most.
 * Replies 'queued', 'newer' or 'full'.
 */
export const enqueue: Script = defineScript(
  'enqueue',
  frameHead,
  leaseValue,
  versionFloor,
  waitingKeys,
  `
local head, old = headOf(ARGV[1]), headAt(KEYS[4])
local version = head and head.version
local _, leaseVersion = leaseAt(KEYS[2])
local known = math.max(highestVersion(KEYS[3], leaseVersion, headAt(KEYS[1])), old and old.version or -1)
if version and version < known then return 'newer' end
local id = waitingAt(KEYS[5], KEYS[6], ARGV[3])
if not id and redis.call('XLEN', KEYS[5]) >= tonumber(ARGV[5]) then return 'full' end
-- The first change is one that a server without memory refuses: none after it would be refused.
local sequence = nextSequence(KEYS[7])
if version then raiseFloor(KEYS[3], version, tonumber(ARGV[2])) end
if id then
  -- The value that failed before is not the one that waits now.
  local pending = redis.pcall('XPENDING', KEYS[5], GROUP, id, id, 1)
  if pending[1] then redis.call('XCLAIM', KEYS[5], GROUP, pending[1][2], 0, id, 'RETRYCOUNT', 1, 'JUSTID') end
  note(KEYS[6], ARGV[3], id, sequence, ARGV[4])
else
  place(KEYS[5], KEYS[6], { key = ARGV[3], sequence = sequence, label = ARGV[4] })
end
-- Whatever its writer would not take before is out of date now.
redis.call('HDEL', KEYS[8], ARGV[3])
-- The value comes last (ADR 0036).
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SET', KEYS[4], ARGV[1])
return 'queued'`,
)
