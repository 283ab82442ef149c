import { createHash } from 'node:crypto'

/** A Lua script that runs on the server, atomically. */
export interface Script {
  /** Short name, for error messages. */
  readonly name: string
  readonly lua: string
  /** SHA-1 of `lua`, by which the server knows a script that it has run before. */
  readonly sha: string
}

/** Makes a script of its parts: fragments that define local functions, then the body. */
export function defineScript(name: string, ...parts: readonly string[]): Script {
  const lua = parts.join('\n')
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') }
}
