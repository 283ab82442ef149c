/**
 * Lua that keeps the keys that wait in a partition. The stream has an entry `key`, `label` for each; the index maps the key to
 * `<entry id>|<sequence>|<label>`, so that a second write of a key finds its place, and an entry that somebody trimmed can be made again.
 *
 * `waitingAt(stream, index, key)` answers entry id, sequence and label, or `nil` if no entry stands for the key; `nextSequence(key)` grows with
 * every call, whatever the server's clock does; `place(stream, index, write)` gives a key a new entry at the end.
 *
 * Scripts change things in an order in which each beginning of it can be made good, such as a place before its value: of a script that was under way when
 * Redis was killed, a later start may carry out the beginning (ADR 0036).
 */
export const waitingKeys: string = `
local GROUP = 'writers'
local function digits(number)
  return string.format('%.0f', number)
end
local function indexed(index, key)
  local text = redis.call('HGET', index, key)
  if not text then return nil end
  return string.match(text, '^(%d+%-%d+)|(%d+)|(.*)$')
end
local function waitingAt(stream, index, key)
  local id, sequence, label = indexed(index, key)
  if not id or not redis.call('XRANGE', stream, id, id)[1] then return nil end
  return id, sequence, label
end
local function nextSequence(key)
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  local last = tonumber(redis.call('GET', key) or '0')
  local sequence = digits(math.max(now, last + 1))
  redis.call('SET', key, sequence)
  return sequence
end
local function note(index, key, id, sequence, label)
  redis.call('HSET', index, key, id .. '|' .. sequence .. '|' .. label)
end
local function place(stream, index, write)
  local id = redis.call('XADD', stream, '*', 'key', write.key, 'label', write.label)
  note(index, write.key, id, write.sequence, write.label)
end
local function remove(stream, id)
  redis.pcall('XACK', stream, GROUP, id)
  redis.call('XDEL', stream, id)
end
local function field(entry, name)
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
  return ''
end`
