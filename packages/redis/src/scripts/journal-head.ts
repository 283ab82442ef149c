/**
 * Lua that knows the ends of the journal. A record is a stream entry with the fields `nonce`, `prevId`, `prevNonce`, `origin`,
 * `kind` (`keys`, `tags`, `cache` or `genesis`) and `items` (a JSON array of strings); the first record has no `prev…`.
 *
 * `field(record, name)` is `nil` where it is missing; `nonceAt(key, id)` is the nonce of the record with that id, or `nil`;
 * `headOf(key, genesisNonce)` answers id and nonce of the last record, and opens an empty journal with a genesis record.
 */
export const journalHead: string = `
local function field(record, name)
  local fields = record[2]
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
  return nil
end
local function nonceAt(key, id)
  local found = redis.call('XRANGE', key, id, id)[1]
  return found and (field(found, 'nonce') or '')
end
local function headOf(key, genesisNonce)
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if last then return last[1], field(last, 'nonce') or '' end
  return redis.call('XADD', key, '*', 'nonce', genesisNonce, 'origin', '', 'kind', 'genesis', 'items', '[]'), genesisNonce
end`
