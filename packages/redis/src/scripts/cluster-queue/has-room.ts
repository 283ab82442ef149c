import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from '../queue/waiting-keys.ts'

/** Says whether a key may wait: it does, or there is room. KEYS stream, index. ARGV key, most. Replies 1 or 0. */
export const hasRoom: Script = defineScript(
  'has-room',
  waitingKeys,
  `
if redis.call('XLEN', KEYS[1]) < tonumber(ARGV[2]) then return 1 end
return waitingAt(KEYS[1], KEYS[2], ARGV[1]) and 1 or 0`,
)
