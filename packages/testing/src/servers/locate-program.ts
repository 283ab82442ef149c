import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { ServerEntry } from './server-catalog.ts'

/** Path of a server's program on this machine: `PATH` first, then the usual folders. `undefined` if it is not installed. */
export async function locateProgram(entry: ServerEntry): Promise<string | undefined> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const usual = await Promise.all(entry.folders.map(expand))
  for (const folder of [...onPath, ...usual.flat()]) {
    for (const program of entry.programs) {
      const path = join(folder, program)
      if (await isExecutable(path)) return path
    }
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** The folders that a pattern with one `*` stands for, highest version first. */
async function expand(pattern: string): Promise<readonly string[]> {
  const star = pattern.indexOf('*')
  if (star === -1) return [pattern]
  const parent = dirname(`${pattern.slice(0, star)}x`)
  const prefix = pattern.slice(parent.length + 1, star)
  const rest = pattern.slice(star + 1)
  const names = await readdir(parent).catch(() => [])
  return names
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(parent, name) + rest)
}
