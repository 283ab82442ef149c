import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'

/** Reads dead letters. KEYS dead. ARGV first id, last id, count. Replies the entries of the stream. */
export const buried: Script = defineScript(
  'buried',
  `return redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[3])`,
)
