import { installServer } from './install-server.ts'
import { locateProgram } from './locate-program.ts'
import { SERVER_CATALOG } from './server-catalog.ts'
import type { ServerName } from './server-catalog.ts'

/** Where a server was found: one that runs already, or a program to start. */
export type ServerLocation =
  { readonly kind: 'running'; readonly url: string } | { readonly kind: 'program'; readonly path: string }

/** How to look. */
export interface FindServerOptions {
  /** Look for a program even if the environment names a running server. Default `false`. */
  readonly own?: boolean
}

/**
 * Finds a server for tests: the running one that `REDIS_URL`, `MEMCACHED_URL`, `POSTGRES_URL` or `MARIADB_URL` names, else a program on this
 * machine, else one that it installs (Debian and Ubuntu as root, macOS with Homebrew; never with `LARDER_SERVER_INSTALL=never`).
 * Rejects with one line that says what to install. A missing server is a failure, never a reason to skip.
 */
export async function findServer(name: ServerName, options: FindServerOptions = {}): Promise<ServerLocation> {
  const entry = SERVER_CATALOG[name]
  const url = process.env[entry.urlVariable]
  if (options.own !== true && url !== undefined && url !== '') return { kind: 'running', url }
  const path = (await locateProgram(entry)) ?? (await installServer(entry))
  if (path !== undefined) return { kind: 'program', path }
  throw new Error(
    `No ${name} on this machine: install it (Debian: apt-get install ${entry.debianPackage}; macOS: brew install ${entry.homebrewFormula}), ` +
      `or run \`docker compose up -d\` and set ${entry.urlVariable}`,
  )
}
