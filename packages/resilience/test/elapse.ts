import type { Redis } from 'ioredis'

const SHORTEN = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key)
  if left >= 0 then
    if left > tonumber(ARGV[1]) then
      redis.call('PEXPIRE', key, left - tonumber(ARGV[1]))
    else
      redis.call('DEL', key)
    end
  end
end`

/** Makes `ms` milliseconds pass for everything in the database, by shortening what is left of each key's time. */
export async function elapse(admin: Redis, ms: number): Promise<void> {
  await admin.eval(SHORTEN, 0, ms)
}
