import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { journalHead } from './journal-head.ts'

/**
 * Answers what came after a cursor. The journal is capped, so all of it fits one reply, and head and records are of one instant.
 *
 * KEYS journal. ARGV cursorId or '', cursorNonce, genesisNonce. Replies `{'records', headId, headNonce, {the later records}}`,
 * or `{'reset', headId, headNonce, firstId}` if the cursor is not in the journal.
 */
export const sync: Script = defineScript(
  'sync',
  journalHead,
  `
local headId, headNonce = headOf(KEYS[1], ARGV[3])
if ARGV[1] ~= '' then
  if ARGV[1] == headId and ARGV[2] == headNonce then return {'records', headId, headNonce, {}} end
  if nonceAt(KEYS[1], ARGV[1]) == ARGV[2] then
    local records = redis.call('XRANGE', KEYS[1], ARGV[1], '+')
    table.remove(records, 1)
    return {'records', headId, headNonce, records}
  end
end
return {'reset', headId, headNonce, redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]}`,
)
