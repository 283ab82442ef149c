/**
 * Lua that reads what a lease key holds: `<token>`, or `<token>|<version>` while a versioned `set` is under way.
 * `leaseAt(key)` answers token and version, both `nil` without a lease.
 */
export const leaseValue: string = `
local function leaseAt(key)
  local value = redis.call('GET', key)
  if not value then return nil, nil end
  local token, version = string.match(value, '^(.*)|(%d+)$')
  if token then return token, tonumber(version) end
  return value, nil
end`
