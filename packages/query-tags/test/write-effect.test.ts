import { describe, expect, it } from 'vitest'
import { Catalog, planWrite, StatementReader } from '../src/index.ts'
import type { Column, ColumnKind, Dialect, WriteAnswer } from '../src/index.ts'
import { shopCatalog } from './shop-catalog.ts'

function moved(
  sql: string,
  given: {
    readonly parameters?: readonly unknown[]
    readonly answer?: WriteAnswer
    readonly dialect?: Dialect
    readonly catalog?: Catalog
  } = {},
): readonly string[] {
  const { parameters = [], answer, dialect = 'postgres', catalog = shopCatalog(dialect) } = given
  const statements = new StatementReader(dialect).read(sql)
  const tags = new Set(statements.flatMap((statement) => [...planWrite(catalog, statement, { parameters, answer })]))
  return [...tags].map((tag) => tag.replace('main/public.', '').replace('main/main.', '')).sort()
}

const coarse = (...tables: readonly string[]): string[] =>
  tables.flatMap((table) => [`c:${table}`, `t:${table}`]).sort()
const ALL = ['d:main']

describe('what a change moves', () => {
  it('#15 an update by id: that row, and lists whose values nobody told', () => {
    expect(moved('UPDATE "post" SET "title" = $1 WHERE "id" IN ($2)', { parameters: ['x', 5] })).toEqual(
      ['e:post:id=15', 't:post', 'w:post:authorId', 'w:post:authorId,tenantId', 'w:post:score'].sort(),
    )
  })

  it('#17b with the row answered, just its lists', () => {
    const answer = { rows: [{ id: 5, authorId: '7', tenantId: 3, score: 1 }] }
    expect(
      moved('UPDATE "post" SET "title" = $1 WHERE "id" = $2 RETURNING "id", "authorId", "tenantId", score', {
        parameters: ['x', 5],
        answer,
      }),
    ).toEqual(
      ['e:post:authorId,tenantId=17,13', 'e:post:authorId=17', 'e:post:id=15', 'e:post:score=11', 't:post'].sort(),
    )
  })

  it('#17 a move to another author: the new list, and any that may be the old one', () => {
    const answer = { rows: [{ id: 5, authorId: 8 }] }
    const tags = moved('UPDATE "post" SET "authorId" = 8 WHERE "id" = 5 RETURNING "id", "authorId"', { answer })
    expect(tags).toContain('w:post:authorId')
    expect(moved('UPDATE "post" SET "authorId" = 8 WHERE "authorId" = 7')).toEqual(
      expect.arrayContaining(['e:post:authorId=17', 'e:post:authorId=18']),
    )
    expect(moved('UPDATE "post" SET "authorId" = 8 WHERE "authorId" = 7')).not.toContain('w:post:authorId')
  })

  it('#16 an insert: the lists it belongs to', () => {
    const sql =
      'INSERT INTO "post"("id", "authorId", "tenantId", "score", "title") VALUES (DEFAULT, $1, $2, 0, $3) RETURNING "id"'
    const tags = moved(sql, { parameters: [7, 3, 't'], answer: { rows: [{ id: 44 }] } })
    expect(tags).toEqual(
      ['e:post:authorId,tenantId=17,13', 'e:post:authorId=17', 'e:post:id=244', 'e:post:score=10', 't:post'].sort(),
    )
  })

  it('#24 values that the database makes count as any', () => {
    expect(moved('INSERT INTO post(id, title) VALUES (1, $1)', { parameters: ['x'] })).toEqual([
      'e:post:id=11',
      't:post',
      'w:post:authorId',
      'w:post:authorId,tenantId',
      'w:post:score',
    ])
    expect(moved('UPDATE post SET score = score + 1 WHERE "authorId" = 7')).toContain('w:post:score')
    expect(moved('INSERT INTO post(id, "authorId") VALUES (1, (SELECT 5))')).toContain('w:post:authorId')
  })

  it('the number that MySQL and SQLite report belongs to one inserted row', () => {
    const one = moved('INSERT INTO `post`(`id`, `authorId`) VALUES (DEFAULT, ?)', {
      parameters: [7],
      answer: { insertedId: 44 },
      dialect: 'mysql',
    })
    expect(one).toContain('e:post:id=244')
    const two = moved('INSERT INTO `post`(`authorId`) VALUES (?), (?)', {
      parameters: [7, 8],
      answer: { insertedId: 44 },
      dialect: 'mysql',
    })
    expect(two).toContain('w:post:id')
  })

  it('#24 MySQL gives a number where 0 is written', () => {
    const sql = 'INSERT INTO `post`(`id`, `authorId`) VALUES (0, 7)'
    expect(moved(sql, { dialect: 'mysql' })).toContain('w:post:id')
    expect(moved(sql, { dialect: 'mysql', answer: { insertedId: 44 } })).toContain('e:post:id=244')
    expect(moved('INSERT INTO post(id, "authorId") VALUES (0, 7)')).toContain('e:post:id=10')
  })

  it('#35 what stands for bits, bytes or escapes is not the value that it looks like', () => {
    expect(moved("INSERT INTO post(id) VALUES (x'41')", { dialect: 'mysql' })).toContain('w:post:id')
    expect(moved(String.raw`UPDATE "user" SET slug = E'\141' WHERE id = 1`)).toContain('w:user:slug')
    expect(moved(`UPDATE "user" SET slug = 'a' WHERE slug = 'b'`)).toEqual(
      expect.arrayContaining([`e:user:slug=2'a`, `e:user:slug=2'b`]),
    )
  })

  it('#28 a foreign key between columns of different kinds says nothing about the values', () => {
    const column = (name: string, kind: ColumnKind): Column => ({ name, kind })
    const catalog = new Catalog({
      database: 'main',
      dialect: 'mysql',
      defaultSchema: 'public',
      tables: [
        { name: 'owner', columns: [column('id', 'uuid')], schemes: [{ columns: ['id'] }] },
        {
          name: 'thing',
          columns: [column('ownerId', 'binary')],
          schemes: [{ columns: ['ownerId'] }],
          foreignKeys: [
            {
              columns: ['ownerId'],
              references: { table: 'owner', columns: ['id'] },
              onDelete: 'cascade',
              onUpdate: 'none',
            },
          ],
        },
      ],
    })
    const parameters = ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']
    expect(moved('DELETE FROM owner WHERE id = ?', { dialect: 'mysql', catalog, parameters })).toContain(
      'w:thing:ownerid',
    )
  })

  it('#10 a view that is defined anew', () => {
    const catalog = shopCatalog('postgres', { views: { feed: ['tag'] } })
    expect(moved('CREATE OR REPLACE VIEW feed AS SELECT * FROM tag', { catalog })).toEqual(coarse('tag', 'post_tag'))
    expect(moved('DROP VIEW feed', { catalog })).toEqual(coarse('tag', 'post_tag'))
    expect(moved('CREATE VIEW other AS SELECT * FROM tag', { catalog })).toEqual([])
  })

  it('#23 a change of many by a pinned condition: that scheme only; else the table', () => {
    expect(moved('UPDATE post SET title = $1 WHERE "authorId" = $2', { parameters: ['x', 7] })).toEqual([
      'e:post:authorId=17',
      't:post',
      'w:post:authorId,tenantId',
      'w:post:id',
      'w:post:score',
    ])
    expect(moved(`DELETE FROM comment WHERE text LIKE '%x'`)).toEqual(['t:comment', 'w:comment:id', 'w:comment:postId'])
    expect(moved('UPDATE comment SET text = 1 WHERE id = 1 OR "postId" = 2')).toEqual([
      'e:comment:id=11',
      'e:comment:postId=12',
      't:comment',
      'w:comment:id',
      'w:comment:postId',
    ])
  })

  it('#26 upserts, whichever way they go', () => {
    const upsert =
      'INSERT INTO post(id, "authorId", "tenantId", score) VALUES (5, 7, 3, 1) ON CONFLICT (id) DO UPDATE SET "authorId" = EXCLUDED."authorId"'
    expect(moved(upsert)).toEqual(expect.arrayContaining(['e:post:id=15', 'w:post:authorId', 'w:post:score']))
    expect(moved(upsert)).not.toContain('w:post:id')
    expect(moved(`${upsert} RETURNING id, score`, { answer: { rows: [{ id: 5, score: 1 }] } })).not.toContain(
      'w:post:score',
    )
    expect(moved('INSERT INTO tag(id) VALUES (1) ON CONFLICT DO NOTHING')).toEqual(['e:tag:id=11', 't:tag'])
    expect(moved('INSERT IGNORE INTO tag(id) VALUES (1)', { dialect: 'mysql' })).toEqual(['e:tag:id=11', 't:tag'])
    expect(moved('INSERT INTO tag(id) SELECT id FROM post')).toEqual(expect.arrayContaining(coarse('tag')))
    expect(moved('REPLACE INTO tag(id) VALUES (1)', { dialect: 'mysql' })).toEqual(coarse('tag', 'post_tag'))
    expect(moved('INSERT INTO tag(id) VALUES (1) ON DUPLICATE KEY UPDATE label = ?', { dialect: 'mysql' })).toContain(
      'w:tag:id',
    )
  })

  it('#28 referential actions, two levels deep', () => {
    const tags = moved('DELETE FROM "user" WHERE id = 7')
    expect(tags).toEqual(
      expect.arrayContaining([
        'e:user:id=17',
        'e:post:authorId=17',
        't:post',
        'w:post:id',
        't:comment',
        'w:comment:postId',
        'w:comment:id',
        't:post_tag',
        'w:post_tag:postId',
      ]),
    )
    expect(moved('DELETE FROM "post" WHERE id = 5')).toEqual(
      expect.arrayContaining(['e:comment:postId=15', 'e:comment:postId=1~', 'w:comment:id', 'e:post_tag:postId=15']),
    )
    expect(moved('UPDATE "user" SET id = 9 WHERE id = 7')).toEqual(
      expect.arrayContaining(['e:post:authorId=17', 'e:post:authorId=19', 't:post']),
    )
    expect(moved('UPDATE "user" SET name = $1 WHERE id = 7', { parameters: ['x'] })).not.toContain('t:post')
  })

  it('side effects that are declared', () => {
    const catalog = shopCatalog('postgres', { sideEffects: { post: ['tag'] } })
    expect(moved('UPDATE post SET title = 1 WHERE id = 1', { catalog })).toEqual(expect.arrayContaining(coarse('tag')))
  })
})

describe('#29 raw statements', () => {
  it.each<[string, readonly string[], Dialect?]>([
    [`WITH u AS (UPDATE tag SET label = 'x' WHERE id = 1 RETURNING id) SELECT * FROM u`, ['e:tag:id=11', 't:tag']],
    [`SELECT 1; UPDATE "tag" SET label = 'x' WHERE id = 1;`, ['e:tag:id=11', 't:tag']],
    [`UPDATE public."tag" SET label = 'DELETE FROM post' WHERE id = 1 -- DROP TABLE post`, ['e:tag:id=11', 't:tag']],
    [`update Public.TAG set label = $$; delete from post$$ where id = 1`, ['e:tag:id=11', 't:tag']],
    [
      `/* UPDATE post */ DELETE FROM tag AS t WHERE t.id = 1`,
      ['e:post_tag:tagId=11', 'e:tag:id=11', 't:post_tag', 't:tag', 'w:post_tag:postId', 'w:post_tag:postId,tagId'],
    ],
    [`SELECT 'UPDATE post SET id = 1', "post"."id" FROM post`, []],
    [`TRUNCATE TABLE comment, tag`, coarse('comment', 'tag', 'post_tag')],
    [`TRUNCATE "user" CASCADE`, coarse('user', 'post', 'comment', 'post_tag')],
    [`MERGE INTO tag t USING post p ON t.id = p.id WHEN MATCHED THEN DELETE`, coarse('tag', 'post_tag')],
    [`COPY tag FROM STDIN`, coarse('tag', 'post_tag')],
    [`COPY tag TO STDOUT`, []],
    [`ALTER TABLE tag ADD x int`, coarse('tag', 'post_tag')],
    [`DO $$ BEGIN UPDATE tag SET label = 'x'; END $$`, ALL],
    [`CALL do_things()`, ALL],
    [`EXECUTE prepared(1)`, ALL],
    [`SELECT do_things()`, ALL],
    [`UPDATE unknown_table SET x = 1`, ALL],
    [`UPDATE tag SET label = 'open`, ALL],
    [`EXPLAIN ANALYZE DELETE FROM tag`, ALL],
    [`EXPLAIN DELETE FROM tag`, []],
    [`VACUUM`, []],
    [`SET statement_timeout = 5`, []],
    [`UPDATE post p JOIN tag t ON t.id = p.id SET p.title = 'x'`, ALL, 'mysql'],
    [`DELETE p FROM post p JOIN tag t ON t.id = p.id`, ALL, 'mysql'],
    ['update `TAG` set label = "it\'s" where `ID` = 1', ['e:tag:id=11', 't:tag'], 'mysql'],
    [`/*! UPDATE tag SET label = 1 */`, ALL, 'mysql'],
    [`UPDATE tag SET label = 'a\\'' WHERE id = 1`, ALL, 'mysql'],
    [`UPDATE OR REPLACE [tag] SET label = 'x' WHERE id = ?1`, coarse('post_tag', 'tag'), 'sqlite'],
    ['ANALYZE FORMAT=JSON UPDATE tag SET label = 1', ALL, 'mysql'],
    ['ANALYZE TABLE tag', [], 'mysql'],
    ['ANALYZE tag', []],
    ['DESCRIBE ANALYZE SELECT do_things()', ALL, 'mysql'],
    ['RENAME TABLE tag TO x, post TO tag, x TO post', ALL, 'mysql'],
    ['ALTER TABLE tag EXCHANGE PARTITION p WITH TABLE post', ALL, 'mysql'],
    ['CREATE TABLE other(id int)', []],
  ])('%s', (sql, expected, dialect = 'postgres') => {
    expect(moved(sql, { dialect })).toEqual(expected)
  })

  it('#33 an error in the reading of a text is no reason to skip it', () => {
    expect(moved('('.repeat(200_000))).toEqual(ALL)
  })

  it('functions count as declared', () => {
    const catalog = shopCatalog('postgres', { functions: { do_things: ['comment'], distance: 'steady' } })
    expect(moved('SELECT do_things(1)', { catalog })).toEqual(coarse('comment'))
    expect(moved('SELECT distance(1)', { catalog })).toEqual([])
  })

  it('tables that no cached query reads can be left out', () => {
    expect(
      moved('INSERT INTO jobs(id) VALUES (1)', { catalog: shopCatalog('postgres', { ignoredTables: ['jobs'] }) }),
    ).toEqual([])
  })
})
