import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** The keys that an application asked for, in their order. */
export interface Trace {
  readonly name: string
  readonly keys: readonly string[]
}

/** Requests used of each trace, at most: all engines together read them some sixty times. */
const MOST_REQUESTS = 100_000

/** Largest output of `xz`, in bytes. */
const MOST_BYTES = 256 * 1024 * 1024

/** Traces whose keys are 8 bytes; the other binary ones have 4. */
const LONG_KEYS = /scarab|vaultservice/

/** Reads every trace in a folder: text with a key at the start of each line, or binary keys; plain, `.gz` or `.xz` (by the `xz` command). */
export function readTraces(folder: string): readonly Trace[] {
  return readdirSync(folder)
    .filter((name) => name.includes('trace'))
    .sort()
    .map((name) => ({ name: name.replace(/[.](trace|gz|xz)/g, ''), keys: keysOf(name, unpacked(join(folder, name))) }))
}

function unpacked(path: string): Buffer {
  if (path.endsWith('.gz')) return gunzipSync(readFileSync(path))
  if (path.endsWith('.xz')) return execFileSync('xz', ['-dc', path], { maxBuffer: MOST_BYTES })
  return readFileSync(path)
}

function keysOf(name: string, bytes: Buffer): readonly string[] {
  if (/^[\d\s]*$/.test(bytes.toString('latin1', 0, 200))) {
    const lines = bytes.toString('latin1').split(/\r*\n/, MOST_REQUESTS)
    return lines.map((line) => line.split(' ', 1)[0] as string).filter((key) => key !== '')
  }
  const size = LONG_KEYS.test(name) ? 8 : 4
  const requests = Math.min(MOST_REQUESTS, Math.floor(bytes.length / size))
  return Array.from({ length: requests }, (_, index) => bytes.toString('hex', index * size, (index + 1) * size))
}
