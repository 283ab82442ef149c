import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { frameHead } from './frame-head.ts'
import { leaseValue } from './lease-value.ts'
import { versionFloor } from './version-floor.ts'

/**
 * Stores a frame for the holder of the lease: the only way a body enters the server.
 *
 * KEYS value, lease, floor. ARGV token, frame, ttlMs or ''. Replies 1, or 0 if the lease is lost or a higher version is known.
 */
export const fill: Script = defineScript(
  'fill',
  frameHead,
  leaseValue,
  versionFloor,
  `
local token, leaseVersion = leaseAt(KEYS[2])
if token ~= ARGV[1] then return 0 end
local head = headOf(ARGV[2])
local version = head and head.version
if (version or -1) < highestVersion(KEYS[3], leaseVersion, headAt(KEYS[1])) then return 0 end
local ttl = tonumber(ARGV[3])
if ttl then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
redis.call('DEL', KEYS[2])
if version then raiseFloor(KEYS[3], version, ttl) end
return 1`,
)
