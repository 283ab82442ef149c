import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from './waiting-keys.ts'

/**
 * Says how far a partition has come. KEYS stream, index, sequence. ARGV sequence. Replies `{entries, last sequence, 1 or 0: whether a value up
 * to the sequence waits}`. The oldest places come first, so that it mostly knows at once.
 */
export const backlog: Script = defineScript(
  'backlog',
  waitingKeys,
  `
local upTo = tonumber(ARGV[1])
local function waits()
  if upTo == 0 then return 0 end
  -- A key that lost its entry gets another with the next claim.
  if redis.call('HLEN', KEYS[2]) > redis.call('XLEN', KEYS[1]) then return 1 end
  local start = '-'
  while true do
    local entries = redis.call('XRANGE', KEYS[1], start, '+', 'COUNT', 100)
    for _, entry in ipairs(entries) do
      local _, sequence = indexed(KEYS[2], field(entry, 'key'))
      if not sequence or tonumber(sequence) <= upTo then return 1 end
    end
    if #entries < 100 then return 0 end
    start = '(' .. entries[#entries][1]
  end
end
return {redis.call('XLEN', KEYS[1]), redis.call('GET', KEYS[3]) or '0', waits()}`,
)
