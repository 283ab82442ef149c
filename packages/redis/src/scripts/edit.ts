import { FRAME } from '@larder/core/contracts'
import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { frameHead } from './frame-head.ts'

/**
 * Changes an entry in place while it is still the one the caller read. New content revokes a running load's lease, a new
 * lifetime does not.
 *
 * KEYS value, lease. ARGV expectId, ttlMs or '', 'replace' or 'retime', the new frame or the new soft and hard expiry (16 bytes).
 * Replies 1, or 0 if it has changed.
 */
export const edit: Script = defineScript(
  'edit',
  frameHead,
  `
local head = headAt(KEYS[1])
if not head or head.expired or head.id ~= ARGV[1] then return 0 end
if ARGV[3] == 'replace' then
  redis.call('SET', KEYS[1], ARGV[4])
  redis.call('DEL', KEYS[2])
else
  redis.call('SETRANGE', KEYS[1], ${FRAME.offset.softAt}, ARGV[4])
end
if ARGV[2] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1`,
)
