/**
 * Lua that keeps the highest version seen of a key, as decimal digits. `highestVersion(floorKey, leaseVersion, head)` is -1 where
 * none is known. `raiseFloor(key, version, ttl)` never lowers it and never shortens its life; without `ttl` it stays until evicted.
 */
export const versionFloor: string = `
local function digits(number)
  return string.format('%.0f', number)
end
local function floorAt(key)
  return tonumber(redis.call('GET', key) or nil) or -1
end
local function highestVersion(floorKey, leaseVersion, head)
  return math.max(floorAt(floorKey), leaseVersion or -1, head and head.version or -1)
end
local function raiseFloor(key, version, ttl)
  local left = redis.call('PTTL', key)
  version = digits(math.max(version, floorAt(key)))
  if ttl and left ~= -1 then
    redis.call('SET', key, version, 'PX', digits(math.max(left, ttl)))
  else
    redis.call('SET', key, version)
  end
end`
