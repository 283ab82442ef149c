import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { journalHead } from './journal-head.ts'

/**
 * Looks records up by id. KEYS journal. ARGV ids. Replies `{firstId or false, {nonce or false, …}}`: the id of the oldest record
 * there is, and for each id the nonce of the record that has it.
 */
export const nonces: Script = defineScript(
  'nonces',
  journalHead,
  `
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local found = {}
for i = 1, #ARGV do found[i] = nonceAt(KEYS[1], ARGV[i]) or false end
return {first and first[1] or false, found}`,
)
