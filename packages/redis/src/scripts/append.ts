import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { journalHead } from './journal-head.ts'

/**
 * Appends a record, moves the marks that it names, and tells the listeners: the channel has the name of the stream, a message is
 * a JSON object with the record's id and fields.
 *
 * KEYS journal, then one mark per tag or cache. ARGV nonce, origin, kind, items, markTtlMs or '', genesisNonce, journalLength.
 * Replies the record's id.
 */
export const append: Script = defineScript(
  'append',
  journalHead,
  `
local nonce, origin, kind, items = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local prevId, prevNonce = headOf(KEYS[1], ARGV[6])
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[7], '*',
  'nonce', nonce, 'prevId', prevId, 'prevNonce', prevNonce, 'origin', origin, 'kind', kind, 'items', items)
for i = 2, #KEYS do
  if ARGV[5] == '' then
    redis.call('SET', KEYS[i], id .. ':' .. nonce)
  else
    redis.call('SET', KEYS[i], id .. ':' .. nonce, 'PX', ARGV[5])
  end
end
local message = cjson.encode({ id = id, nonce = nonce, prevId = prevId, prevNonce = prevNonce, origin = origin, kind = kind })
-- A user without rights to the channel has still appended: listeners also learn by sync.
redis.pcall('PUBLISH', KEYS[1], string.sub(message, 1, -2) .. ',"items":' .. items .. '}')
return id`,
)
