import type { Table } from '../src/index.ts'

const column = (name: string): Table['columns'][number] => ({ name, kind: 'integer' })

/** Users with posts with comments: deleting a user takes the posts along, or leaves them without an author; comments go with their post. */
export const MODEL_TABLES: readonly Table[] = [
  { name: 'users', columns: ['id', 'tenant', 'name'].map(column), schemes: [{ columns: ['id'] }] },
  {
    name: 'posts',
    columns: ['id', 'author', 'tenant', 'score'].map(column),
    schemes: [{ columns: ['id'] }, { columns: ['author'] }, { columns: ['tenant'] }, { columns: ['tenant', 'author'] }],
    foreignKeys: [
      {
        columns: ['author'],
        references: { table: 'users', columns: ['id'] },
        onDelete: 'set null',
        onUpdate: 'cascade',
      },
    ],
  },
  {
    name: 'comments',
    columns: ['id', 'post', 'score'].map(column),
    schemes: [{ columns: ['id'] }, { columns: ['post'] }],
    foreignKeys: [
      { columns: ['post'], references: { table: 'posts', columns: ['id'] }, onDelete: 'cascade', onUpdate: 'none' },
    ],
  },
]
