import { FRAME } from '@larder/core/contracts'

const { format, flags, id, version, marks } = FRAME.offset
const magic = String.fromCharCode(FRAME.magic >> 8, FRAME.magic & 0xff)

/**
 * Lua that reads the header of a frame (see `Frame` in `@larder/core/contracts`); Lua counts bytes from 1. `headOf(bytes)` is
 * `nil` for what is not a frame of this format; `headAt(key)` fetches the header alone, however large the value is.
 */
export const frameHead: string = `
local function headOf(bytes)
  if not bytes or #bytes < ${marks} or string.sub(bytes, 1, 2) ~= '${magic}' or string.byte(bytes, ${format + 1}) ~= ${FRAME.format} then return nil end
  local flags = string.byte(bytes, ${flags + 1})
  local head = { flags = flags, expired = flags % 2 >= ${FRAME.flag.expired}, id = string.sub(bytes, ${id + 1}, ${id + FRAME.idBytes}) }
  if math.floor(flags / ${FRAME.flag.versioned}) % 2 == 1 then head.version = struct.unpack('>d', string.sub(bytes, ${version + 1}, ${version + 8})) end
  return head
end
local function headAt(key)
  return headOf(redis.call('GETRANGE', key, 0, ${marks - 1}))
end`
