import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes a new temporary folder for one server. */
export function serverFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `larder-${name}-`))
}
