import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { leaseValue } from './lease-value.ts'

/** Ends a lease for its holder. KEYS lease. ARGV token. Replies 1, or 0 if the lease is lost. */
export const release: Script = defineScript(
  'release',
  leaseValue,
  `
if leaseAt(KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
)
