import { createHash } from 'node:crypto'

/** A Lua script that runs on the server, atomically. */
export interface Script {
  /** Short name, for error messages. */
  readonly name: string
  readonly lua: string
  /** SHA-1 of `lua`, by which the server knows a script that it has run before. */
  readonly sha: string
}

const names = new Map<string, string>()

/** The short name of a script, known by its hash or by its text. */
export function nameOfScript(shaOrLua: string): string | undefined {
  return names.get(shaOrLua)
}

/** Makes a script of its parts: fragments that define local functions, then the body. */
export function defineScript(name: string, ...parts: readonly string[]): Script {
  const lua = parts.join('\n')
  const sha = createHash('sha1').update(lua).digest('hex')
  names.set(sha, name).set(lua, name)
  return { name, lua, sha }
}
