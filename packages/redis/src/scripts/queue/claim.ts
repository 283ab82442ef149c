import { defineScript } from '../define-script.ts'
import type { Script } from '../define-script.ts'
import { waitingKeys } from './waiting-keys.ts'

/**
 * Makes the caller the owner of a partition, or prolongs that, and hands out keys that wait. A new owner is given what the one before it
 * had and did not settle; the group's own bookkeeping tells what that is.
 *
 * KEYS stream, index, owner. ARGV token, leaseMs, most, resume '1' or ''. Replies `{'held'}`, `{'empty'}`, or `{'owned', all 1 or 0, {{id, key,
 * label, deliveries}, …}}`.
 */
export const claim: Script = defineScript(
  'claim',
  waitingKeys,
  `
local stream, index, token = KEYS[1], KEYS[2], ARGV[1]
local owner = redis.call('GET', KEYS[3])
if owner and owner ~= token then return {'held'} end
if redis.call('XLEN', stream) == 0 and redis.call('HLEN', index) == 0 then
  redis.call('DEL', KEYS[3], stream)
  return {'empty'}
end
redis.call('SET', KEYS[3], token, 'PX', ARGV[2])
redis.pcall('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
local refs = {}
local function hand(entry)
  local pending = redis.call('XPENDING', stream, GROUP, entry[1], entry[1], 1)[1]
  refs[#refs + 1] = { entry[1], field(entry, 'key'), field(entry, 'label'), pending and pending[4] or 1 }
end
-- Entries that somebody trimmed: the index knows which keys they stood for.
local function restore()
  if redis.call('HLEN', index) == redis.call('XLEN', stream) then return end
  for _, key in ipairs(redis.call('HKEYS', index)) do
    local id, sequence, label = indexed(index, key)
    if id and not redis.call('XRANGE', stream, id, id)[1] then
      place(stream, index, { key = key, sequence = sequence, label = label })
    end
  end
end
local function takeOver()
  local cursor = '0-0'
  repeat
    local reply = redis.call('XAUTOCLAIM', stream, GROUP, token, 0, cursor, 'COUNT', 1000, 'JUSTID')
    cursor = reply[1]
    for _, id in ipairs(reply[2]) do
      local entry = redis.call('XRANGE', stream, id, id)[1]
      if entry then hand(entry) end
    end
  until cursor == '0-0'
  -- Whatever they had is the new owner's now; processes come and go, and would be remembered for ever.
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', stream, GROUP)) do
    if consumer[2] ~= token then redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, consumer[2]) end
  end
end
local all = not owner or ARGV[4] == '1'
if all then
  restore()
  takeOver()
end
local function read()
  local found = redis.call('XREADGROUP', 'GROUP', GROUP, token, 'COUNT', ARGV[3], 'STREAMS', stream, '>')
  if not found then return end
  for _, entry in ipairs(found[1][2]) do hand(entry) end
end
-- Entries from before those that were handed out, which nobody is given again, get a new place, unless their keys have one (ADR 0036).
local function replaceStrays()
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+')) do
    local key, label = field(entry, 'key'), field(entry, 'label')
    local id, sequence = indexed(index, key)
    redis.call('XDEL', stream, entry[1])
    if id == entry[1] then
      place(stream, index, { key = key, sequence = sequence, label = label })
    elseif not id then
      redis.call('XADD', stream, '*', 'key', key, 'label', label)
    end
  end
  restore()
end
if tonumber(ARGV[3]) > 0 then
  read()
  local waiting = redis.call('XLEN', stream) + redis.call('HLEN', index)
  if #refs == 0 and waiting > 0 and redis.call('XPENDING', stream, GROUP)[1] == 0 then
    replaceStrays()
    read()
  end
end
return {'owned', all and 1 or 0, refs}`,
)
