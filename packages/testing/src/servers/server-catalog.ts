/** A server that Larder's tests run against. */
export type ServerName = 'redis-server' | 'memcached' | 'postgres' | 'mariadb'

/** How one server is found, and got where it is missing. */
export interface ServerEntry {
  /** Environment variable with the URL of a running server to use instead of starting one. */
  readonly urlVariable: string
  /** Names of the program, best first. */
  readonly programs: readonly string[]
  /** Folders searched after `PATH`; one `*` stands for any part of a folder name, the highest version wins. */
  readonly folders: readonly string[]
  readonly debianPackage: string
  readonly homebrewFormula: string
}

/** Every server the launcher knows. */
export const SERVER_CATALOG: Readonly<Record<ServerName, ServerEntry>> = {
  'redis-server': {
    urlVariable: 'REDIS_URL',
    programs: ['redis-server', 'valkey-server'],
    folders: [
      '/usr/bin',
      '/usr/local/bin',
      '/opt/homebrew/bin',
      '/opt/homebrew/opt/redis/bin',
      '/usr/local/opt/redis/bin',
    ],
    debianPackage: 'redis-server',
    homebrewFormula: 'redis',
  },
  memcached: {
    urlVariable: 'MEMCACHED_URL',
    programs: ['memcached'],
    folders: [
      '/usr/bin',
      '/usr/local/bin',
      '/opt/homebrew/bin',
      '/opt/homebrew/opt/memcached/bin',
      '/usr/local/opt/memcached/bin',
    ],
    debianPackage: 'memcached',
    homebrewFormula: 'memcached',
  },
  postgres: {
    urlVariable: 'POSTGRES_URL',
    programs: ['postgres'],
    folders: [
      '/usr/lib/postgresql/*/bin',
      '/usr/pgsql-*/bin',
      '/opt/homebrew/opt/postgresql*/bin',
      '/usr/local/opt/postgresql*/bin',
      '/opt/homebrew/bin',
      '/usr/local/bin',
    ],
    debianPackage: 'postgresql',
    homebrewFormula: 'postgresql@17',
  },
  mariadb: {
    urlVariable: 'MARIADB_URL',
    programs: ['mariadbd', 'mysqld'],
    folders: ['/usr/sbin', '/usr/bin', '/usr/libexec', '/opt/homebrew/opt/mariadb/bin', '/usr/local/opt/mariadb/bin'],
    debianPackage: 'mariadb-server',
    homebrewFormula: 'mariadb',
  },
}
