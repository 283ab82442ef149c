import { Catalog } from '../src/index.ts'
import type { CatalogOptions, Column, ColumnKind, Dialect } from '../src/index.ts'

const column = (name: string, kind: ColumnKind, more: Partial<Column> = {}): Column => ({ name, kind, ...more })

/** Users with posts with comments, tags by a junction table. */
export function shopCatalog(dialect: Dialect = 'postgres', more: Partial<CatalogOptions> = {}): Catalog {
  return new Catalog({
    database: 'main',
    dialect,
    defaultSchema: dialect === 'sqlite' ? 'main' : 'public',
    tables: [
      {
        name: 'user',
        columns: [
          column('id', 'integer', { generated: true }),
          column('uid', 'uuid'),
          column('name', 'opaque'),
          column('slug', 'binary'),
        ],
        schemes: [{ columns: ['id'] }, { columns: ['uid'] }, { columns: ['name'] }, { columns: ['slug'] }],
      },
      {
        name: 'post',
        columns: [
          column('id', 'integer', { generated: true }),
          column('authorId', 'integer'),
          column('tenantId', 'integer'),
          column('title', 'opaque'),
          column('score', 'integer'),
        ],
        schemes: [
          { columns: ['id'] },
          { columns: ['authorId'] },
          { columns: ['tenantId', 'authorId'] },
          { columns: ['score'], use: false },
        ],
        foreignKeys: [
          {
            columns: ['authorId'],
            references: { table: 'user', columns: ['id'] },
            onDelete: 'cascade',
            onUpdate: 'cascade',
          },
        ],
      },
      {
        name: 'comment',
        columns: [column('id', 'integer', { generated: true }), column('postId', 'integer'), column('text', 'opaque')],
        schemes: [{ columns: ['id'] }, { columns: ['postId'] }],
        foreignKeys: [
          {
            columns: ['postId'],
            references: { table: 'post', columns: ['id'] },
            onDelete: 'set null',
            onUpdate: 'none',
          },
        ],
      },
      {
        name: 'post_tag',
        columns: [column('postId', 'integer'), column('tagId', 'integer')],
        schemes: [{ columns: ['postId', 'tagId'] }, { columns: ['postId'] }, { columns: ['tagId'] }],
        foreignKeys: [
          {
            columns: ['postId'],
            references: { table: 'post', columns: ['id'] },
            onDelete: 'cascade',
            onUpdate: 'cascade',
          },
          {
            columns: ['tagId'],
            references: { table: 'tag', columns: ['id'] },
            onDelete: 'cascade',
            onUpdate: 'cascade',
          },
        ],
      },
      { name: 'tag', columns: [column('id', 'integer'), column('label', 'opaque')], schemes: [{ columns: ['id'] }] },
      { schema: 'audit', name: 'Log', columns: [column('id', 'integer')], schemes: [{ columns: ['id'] }] },
    ],
    ...more,
  })
}
