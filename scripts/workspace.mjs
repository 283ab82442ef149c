import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const workspaceRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where everything that can be fetched or made again is kept; not committed. */
export const cacheFolder = join(workspaceRoot, '.cache')

/** The packages and examples of the workspace: folder, relative path and manifest. */
export function listPackages() {
  return ['packages', 'examples']
    .filter((group) => existsSync(join(workspaceRoot, group)))
    .flatMap((group) => readdirSync(join(workspaceRoot, group)).map((name) => `${group}/${name}`))
    .filter((path) => existsSync(join(workspaceRoot, path, 'package.json')))
    .map((path) => {
      const folder = join(workspaceRoot, path)
      return { path, folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }
    })
}

/** The packages that are released to the registry. */
export function listPublicPackages() {
  return listPackages().filter(({ manifest }) => manifest.private !== true)
}
