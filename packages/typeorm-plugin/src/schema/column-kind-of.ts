import type { ColumnKind, Dialect } from '@larder/query-tags'
import type { DataSource, EntityMetadata } from 'typeorm'

/** TypeORM's description of a column, which it does not export. */
export type ColumnMetadata = EntityMetadata['columns'][number]

const INTEGERS = new Set([
  'integer',
  'int',
  'int2',
  'int4',
  'int8',
  'int64',
  'smallint',
  'mediumint',
  'bigint',
  'tinyint',
  'unsigned big int',
  'serial',
  'bigserial',
  'smallserial',
])
const BOOLEANS = new Set(['boolean', 'bool'])
const BYTES = new Set(['bytea', 'blob', 'binary', 'varbinary', 'tinyblob', 'mediumblob', 'longblob', 'bytes'])
const TEXTS = new Set([
  'character varying',
  'varchar',
  'varchar2',
  'text',
  'string',
  'character',
  'char',
  'nvarchar',
  'nchar',
  'enum',
  'simple-enum',
  'tinytext',
  'mediumtext',
  'longtext',
  'citext',
  'uuid',
])

/** How the database compares a column's values. `binary`: somebody vouches for text that is equal only byte by byte. */
export function columnKindOf(
  column: ColumnMetadata,
  how: { readonly dataSource: DataSource; readonly dialect: Dialect; readonly binary: boolean },
): ColumnKind {
  const { dataSource, dialect, binary } = how
  const type = dataSource.driver.normalizeType(column).toLowerCase()
  if (column.isArray) return 'opaque'
  // SQLite and older MariaDB keep UUIDs as text; they are compared as such, which tells more of them apart than this does.
  if (column.type === 'uuid' || column.generationStrategy === 'uuid') return 'uuid'
  // PostgreSQL's enums are labels; in MySQL they have a collation.
  if (type === 'enum' && dialect === 'postgres') return 'binary'
  if (INTEGERS.has(type)) return 'integer'
  if (BOOLEANS.has(type)) return 'boolean'
  // MySQL's BINARY(n) is padded with zeros.
  if (BYTES.has(type)) return type === 'binary' ? 'opaque' : 'bytes'
  return TEXTS.has(type) && binary ? 'binary' : 'opaque'
}
