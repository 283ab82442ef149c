import { defineScript } from './define-script.ts'
import type { Script } from './define-script.ts'
import { journalHead } from './journal-head.ts'

/**
 * Reads marks, creates missing ones if asked, and says whether they stood still since a record.
 *
 * KEYS journal, then the marks. ARGV genesisNonce, sinceId or '', sinceNonce, create '1' or '', markTtlMs or '', then for each
 * mark its name, then for each mark the value to create. Replies `{headId, headNonce, unmoved 1 or 0, {mark or false, …}}`.
 */
export const marks: Script = defineScript(
  'marks',
  journalHead,
  `
local count = #KEYS - 1
local create, ttl = ARGV[4] == '1', tonumber(ARGV[5])
local headId, headNonce = headOf(KEYS[1], ARGV[1])

local function createMark(key, value)
  if ttl then
    redis.call('SET', key, value, 'PX', ARGV[5])
  else
    redis.call('SET', key, value)
  end
  return value
end
local function prolong(key)
  local left = redis.call('PTTL', key)
  if left < 0 then return end
  if not ttl then
    redis.call('PERSIST', key)
  elseif left < ttl then
    redis.call('PEXPIRE', key, ARGV[5])
  end
end
local found, named = {}, {}
for i = 1, count do
  local key = KEYS[i + 1]
  local mark = redis.call('GET', key)
  if mark and create then prolong(key) end
  if not mark and create then mark = createMark(key, ARGV[5 + count + i]) end
  found[i] = mark
  named[ARGV[5 + i]] = true
end

-- Whether a record leaves the named marks alone. What cannot be read may have moved any of them.
local function spares(record)
  local kind = field(record, 'kind')
  if kind == 'keys' or kind == 'genesis' then return true end
  if kind ~= 'tags' then return false end
  local readable, items = pcall(cjson.decode, field(record, 'items') or '')
  if not readable or type(items) ~= 'table' then return false end
  for _, tag in ipairs(items) do
    if named['#' .. tostring(tag)] then return false end
  end
  return true
end
local function unmovedSince(id, nonce)
  if id == '' or (id == headId and nonce == headNonce) then return true end
  if nonceAt(KEYS[1], id) ~= nonce then return false end
  local records = redis.call('XRANGE', KEYS[1], id, '+')
  for i = 2, #records do
    if not spares(records[i]) then return false end
  end
  return true
end
return {headId, headNonce, unmovedSince(ARGV[2], ARGV[3]) and 1 or 0, found}`,
)
