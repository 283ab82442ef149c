import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { frameHead } from './frame-head.ts'

/**
 * Answers what there is to use, or gives the lease away.
 *
 * KEYS value, lease, dirty. ARGV token, seenId or '', leaseMs.
 * Replies `{'dirty', frame}`, `{'entry', frame}`, `{'held'}` or `{'granted'}`.
 */
export const take: Script = defineScript(
  'take',
  frameHead,
  `
local dirty = redis.call('GET', KEYS[3])
if dirty then return {'dirty', dirty} end
local head = headAt(KEYS[1])
if head and not head.expired and head.id ~= ARGV[2] then return {'entry', redis.call('GET', KEYS[1])} end
if redis.call('EXISTS', KEYS[2]) == 1 then return {'held'} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return {'granted'}`,
)
