import { createHash } from 'node:crypto'

/** A Lua script that runs on the server, atomically. */
export interface Script {
  /** Short name, for error messages. */
  readonly name: string
  readonly lua: string
  /** SHA-1 of `lua`, by which the server knows a script that it has run before. */
  readonly sha: string
  /** The same for a cluster, where a message goes to those who listen at the slot of its channel. Absent if it publishes nothing. */
  readonly onCluster?: Script
}

const names = new Map<string, string>()

/** The short name of a script, known by its hash or by its text. */
export function nameOfScript(shaOrLua: string): string | undefined {
  return names.get(shaOrLua)
}

/** Makes a script of its parts: fragments that define local functions, then the body. It publishes with `redis.pcall('PUBLISH'`. */
export function defineScript(name: string, ...parts: readonly string[]): Script {
  const lua = parts.join('\n')
  const sharded = lua.replaceAll("redis.pcall('PUBLISH'", "redis.pcall('SPUBLISH'")
  const script = named(name, lua)
  return sharded === lua ? script : { ...script, onCluster: named(name, sharded) }
}

function named(name: string, lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex')
  names.set(sha, name).set(lua, name)
  return { name, lua, sha }
}
