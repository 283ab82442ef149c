/**
 * Lua that ends the wait of a key whose writer was called, and answers `settled`; or, if the value over the key is another by now, gives it a
 * new place and answers `again`. Needs `frameHead` and `waitingKeys`.
 */
export const endWait: string = `
local function endWait(keys, write)
  local head = headAt(keys.dirty)
  remove(keys.stream, write.id)
  if redis.call('EXISTS', keys.dirty) == 1 and (not head or head.id ~= write.op) then
    local id, sequence, label = indexed(keys.index, write.key)
    if id == write.id then place(keys.stream, keys.index, { key = write.key, sequence = sequence, label = label }) end
    return 'again'
  end
  redis.call('DEL', keys.dirty)
  redis.call('HDEL', keys.index, write.key)
  return 'settled'
end`
