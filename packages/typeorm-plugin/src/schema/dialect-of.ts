import type { Dialect } from '@larder/query-tags'
import type { DataSource } from 'typeorm'

const DIALECTS: Readonly<Record<string, Dialect>> = {
  postgres: 'postgres',
  'aurora-postgres': 'postgres',
  cockroachdb: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  'aurora-mysql': 'mysql',
  sqlite: 'sqlite',
  'better-sqlite3': 'sqlite',
  sqljs: 'sqlite',
  expo: 'sqlite',
  capacitor: 'sqlite',
  cordova: 'sqlite',
  'react-native': 'sqlite',
  nativescript: 'sqlite',
}

/** The SQL that a data source speaks. @throws TypeError for one whose statements cannot be read. */
export function dialectOf(dataSource: DataSource): Dialect {
  const dialect = DIALECTS[dataSource.options.type]
  if (dialect !== undefined) return dialect
  throw new TypeError(
    `@larder/typeorm-plugin does not read the SQL of ${dataSource.options.type}: it supports ${Object.keys(DIALECTS).slice(0, 9).join(', ')}`,
  )
}
