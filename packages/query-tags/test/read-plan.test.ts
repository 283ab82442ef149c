import { describe, expect, it } from 'vitest'
import { lateTags, planRead, StatementReader } from '../src/index.ts'
import type { Dialect, ReadPlan } from '../src/index.ts'
import { shopCatalog } from './shop-catalog.ts'

function plan(sql: string, parameters: readonly unknown[] = [], dialect: Dialect = 'postgres'): ReadPlan {
  return planRead(
    shopCatalog(dialect, { views: { feed: ['post', 'user'] } }),
    new StatementReader(dialect).read(sql),
    parameters,
  )
}

function tags(sql: string, parameters: readonly unknown[] = [], dialect: Dialect = 'postgres'): readonly string[] {
  const planned = plan(sql, parameters, dialect)
  if (planned.kind === 'uncacheable') throw new Error(planned.why)
  return planned.tags
    .filter((tag) => !tag.startsWith('d:') && !tag.startsWith('c:') && !tag.startsWith('w:'))
    .map((tag) => tag.replace('main/public.', '').replace('main/main.', ''))
}

const P = 'SELECT "p"."id" AS "p_id", "p"."authorId" AS "p_authorId" FROM "post" "p"'

describe('what a query depends on', () => {
  it.each<[string, readonly unknown[], readonly string[]]>([
    [`${P} WHERE ( ("p"."id" = $1) )`, [5], ['e:post:id=15']],
    [`${P} WHERE "p"."id" = $1 AND "p"."title" LIKE 'a%'`, ['5'], ['e:post:id=15']],
    [`${P} WHERE "p"."id" IN ($1, $2)`, [5, 6n], ['e:post:id=15', 'e:post:id=16']],
    [`${P} WHERE "p"."id" = ANY($1)`, [[5, 6]], ['e:post:id=15', 'e:post:id=16']],
    [`${P} WHERE "p"."id" = 7 OR "p"."authorId" = 8`, [], ['e:post:id=17', 'e:post:authorId=18']],
    [`${P} WHERE 7 = p.id`, [], ['e:post:id=17']],
    [`SELECT count(*) FROM post WHERE "authorId" IS NULL`, [], ['e:post:authorId=1~']],
    [`${P} WHERE "p"."authorId" = $1 AND "p"."tenantId" = $2`, [7, 3], ['e:post:authorId,tenantId=17,13']],
    [
      `${P} WHERE "p"."authorId" = $1 AND ("p"."tenantId" = 1 OR "p"."tenantId" = 2) LIMIT 10`,
      [7],
      ['e:post:authorId,tenantId=17,11', 'e:post:authorId,tenantId=17,12'],
    ],
    [
      `SELECT * FROM "user" u WHERE u.uid = $1`,
      ['{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'],
      ['e:user:uid=32a0eebc999c0b4ef8bb6d6bb9bd380a11'],
    ],
    [`SELECT * FROM "user" u WHERE u.slug = $1`, ["a,'b"], ["e:user:slug=5'a,'b"]],
    [`SELECT * FROM "user" u INNER JOIN post p ON p."authorId" = u.id WHERE u.id = 3`, [], ['e:user:id=13', 't:post']],
  ])('%s', (sql, parameters, expected) => {
    expect([...tags(sql, parameters)].sort()).toEqual([...expected].sort())
  })

  it.each<[string, (readonly unknown[])?]>([
    [P],
    [`${P} WHERE NOT "p"."id" = 5`],
    [`${P} WHERE "p"."id" = $1`, ['5x']],
    [`${P} WHERE "p"."id" = $1`, [2 ** 60]],
    [`${P} WHERE "p"."id" > 5`],
    [`${P} WHERE "p"."id" = 5 OR "p"."title" = 'x'`],
    [`${P} WHERE "p"."id" BETWEEN 5 AND 7`],
    [`${P} WHERE "p"."id" = 5 + 1`],
    [`${P} WHERE "p"."id" = "p"."authorId"`],
    [`${P} WHERE "p"."id" IN (SELECT 5)`],
    [`${P} WHERE "p"."score" = 5`],
    [`${P} WHERE CASE WHEN "p"."id" = 5 AND 1 = 1 THEN true END`],
    [`${P} WHERE (p.id, p.score) = (5, 6)`],
    [`${P} WHERE "p"."id" = 5 COLLATE "C"`],
    [`${P} WHERE "p"."tenantId" = 5`],
    [`${P} WHERE "p"."id" = B'101'`],
    [`SELECT * FROM post p RIGHT JOIN post q ON true WHERE p.id = 5`],
    [`SELECT * FROM (SELECT * FROM post) p WHERE p.id = 5`],
    [`SELECT * FROM (SELECT id FROM post) p`],
    [`SELECT * FROM (SELECT id FROM post WHERE id = 1) p, (SELECT id FROM post) q`],
    [`SELECT id FROM post WHERE id = 5 UNION SELECT id FROM post`],
  ])('the whole table: %s', (sql, parameters) => {
    expect(tags(sql, parameters)).toEqual(['t:post'])
  })

  it('#34 the whole table, for text that may be equal in ways this process cannot see', () => {
    expect(tags(`SELECT * FROM "user" u WHERE u.name = $1`, ['Ann'])).toEqual(['t:user'])
    expect(tags(`SELECT * FROM "user" u WHERE u.slug = 5`)).toEqual(['t:user'])
  })

  it.each([
    `SELECT * FROM post p WHERE p.id = 1 || p.id = 2 AND p.id = 3`,
    `SELECT * FROM post p WHERE p.authorId = 1 XOR p.score = 2 AND p.id = 3`,
    `SELECT * FROM post p WHERE p.id = 1 && p.id = 2 OR p.id = 3`,
  ])('MySQL operators of their own precedence are not guessed at: %s', (sql) => {
    expect(tags(sql, [], 'mysql')).toEqual(['t:post'])
  })

  it('IS NULL says nothing about a table that a LEFT JOIN may have left out', () => {
    expect(
      tags(`SELECT p.id FROM "user" u LEFT JOIN post p ON p."authorId" = u.id WHERE u.id = 1 AND p."authorId" IS NULL`),
    ).toEqual(['e:user:id=11', 't:post'])
    expect(
      tags(`SELECT p.id FROM "user" u LEFT JOIN post p ON p."authorId" = u.id WHERE u.id = 1 AND p."authorId" = 1`),
    ).toEqual(['e:user:id=11', 'e:post:authorId=11'])
  })

  it.each([
    [`${P} WHERE EXISTS (SELECT 1 FROM "user" "u" WHERE "u"."id" = "p"."authorId")`, ['t:post', 't:user']],
    [`WITH x AS (SELECT * FROM post) SELECT * FROM x, tag`, ['t:post', 't:tag']],
    [`WITH post AS (SELECT * FROM post WHERE id = 1) SELECT * FROM post`, ['t:post']],
    [
      `WITH RECURSIVE x(id) AS (SELECT id FROM comment UNION ALL SELECT p.id FROM post p JOIN x ON x.id = p.id) SELECT * FROM x`,
      ['t:comment', 't:post'],
    ],
    [`SELECT 1 FROM tag UNION (SELECT 1 FROM "user")`, ['t:tag', 't:user']],
    [`(SELECT 1 FROM tag) UNION (SELECT 1 FROM "user")`, ['t:tag', 't:user']],
    [`SELECT (SELECT count(*) FROM comment) FROM tag`, ['t:comment', 't:tag']],
    [`SELECT d.id, (SELECT count(*) FROM tag) FROM (SELECT id FROM post) d`, ['t:post', 't:tag']],
    [`SELECT d.id FROM (SELECT id FROM post) d LIMIT (SELECT count(*) FROM tag)`, ['t:post', 't:tag']],
    [`SELECT * FROM tag t, (comment c JOIN post p ON true)`, ['t:comment', 't:post', 't:tag']],
    [`SELECT EXTRACT(year FROM p.title) FROM post p WHERE p.id IS DISTINCT FROM 3`, ['t:post']],
    [`SELECT * FROM feed`, ['t:post', 't:user']],
    [`SELECT * FROM audit."Log" WHERE id = 4`, ['e:main/audit.Log:id=14']],
    [
      `SELECT DISTINCT "d"."p_id" FROM (${P} LEFT JOIN "user" "u" ON "u"."id" = "p"."authorId") "d" LIMIT 5`,
      ['t:post'],
    ],
  ])('#10 every table it reads, wherever: %s', (sql, expected) => {
    expect([...tags(sql)].sort()).toEqual(expected)
  })

  it('a page of distinct ids does not depend on what is joined only to be shown later', () => {
    const page = (order: string, where = 'WHERE "p"."id" = 1'): readonly string[] =>
      tags(
        `SELECT DISTINCT "d"."p_id" AS "ids_p_id"${order === '' ? '' : `, ${order}`} FROM (SELECT "p"."id" AS "p_id", "p"."title" AS "p_title", "u"."name" AS "u_name" FROM "post" "p" LEFT JOIN "user" "u" ON "u"."id" = "p"."authorId" ${where}) "d" ORDER BY ${order === '' ? '' : `${order} ASC, `}"p_id" ASC LIMIT 1`,
      )
    expect(page('')).toEqual(['e:post:id=11'])
    expect(page('"d"."p_title"')).toEqual(['e:post:id=11'])
    expect(page('"d"."u_name"')).toEqual(['e:post:id=11', 't:user'])
    expect(page('', `WHERE "p"."id" = 1 AND "u"."name" = 'a'`)).toEqual(['e:post:id=11', 't:user'])
    expect(
      tags(
        'SELECT "d"."p_id" AS "x" FROM (SELECT "p"."id" AS "p_id" FROM "post" "p" LEFT JOIN "user" "u" ON "u"."id" = "p"."authorId" WHERE "p"."id" = 1) "d"',
      ),
    ).toEqual(['e:post:id=11', 't:user'])
  })

  it('a to-one relation is found in the rows', () => {
    const planned = plan(
      `SELECT "p"."id" AS "p_id", "p"."authorId" AS "p_authorId", "u"."id" AS "u_id" FROM "post" "p" LEFT JOIN "user" "u" ON "u"."id"="p"."authorId" WHERE "p"."id" = 1`,
    )
    if (planned.kind !== 'cacheable') throw new Error(planned.why)
    expect(planned.late.map(({ table, column, output }) => [table.name, column, output])).toEqual([
      ['user', 'id', 'p_authorId'],
    ])
    expect(lateTags(planned.late, [{ p_authorId: 7 }, { p_authorId: '7' }, { p_authorId: null }])).toEqual([
      'e:main/public.user:id=17',
      'w:main/public.user:id',
      'c:main/public.user',
    ])
    expect(lateTags(planned.late, [{}])).toEqual(['t:main/public.user'])
    expect(
      lateTags(
        planned.late,
        Array.from({ length: 200 }, (_, id) => ({ p_authorId: id })),
      ),
    ).toEqual(['t:main/public.user'])
  })

  it('a many-to-many relation is found in the rows, as far as foreign keys vouch for it', () => {
    const join =
      'FROM "post" "p" LEFT JOIN "post_tag" "pt" ON "pt"."postId"="p"."id" LEFT JOIN "tag" "t" ON "t"."id"="pt"."tagId"'
    const late = (sql: string): readonly string[] => {
      const planned = plan(sql)
      if (planned.kind !== 'cacheable') throw new Error(planned.why)
      return planned.late.map(({ table, output }) => `${table.name} by ${output}`)
    }
    expect(late(`SELECT "p"."id" AS "p_id", "t"."id" AS "t_id" ${join} WHERE "p"."id" = 1`)).toEqual([
      'post_tag by p_id',
      'tag by t_id',
    ])
    expect(
      late(`SELECT "p"."id" AS "p_id", "t"."id" AS "t_id" ${join} AND ("t"."label" IS NULL) WHERE "p"."id" = 1`),
    ).toEqual(['post_tag by p_id'])
  })

  it.each([
    ['of the same name as another', '"p"."authorId" AS "x", "p"."id" AS "x"'],
    ['of the same name as a computed one', '"p"."authorId" AS "x", 1 + 1 AS "x"'],
    ['of a name that a star may bring, too', '"p"."authorId" AS "x", "p".*'],
  ])('not by a column %s', (_, columns) => {
    const planned = plan(`SELECT ${columns} FROM "post" "p" LEFT JOIN "user" "u" ON "u"."id"="p"."authorId"`)
    expect(planned).toMatchObject({ kind: 'cacheable', late: [], tags: expect.arrayContaining(['t:main/public.user']) })
  })

  it.each([
    ['filters by it', 'WHERE "u"."name" = \'a\''],
    ['filters by a name that may be of it', "WHERE name = 'a'"],
    ['takes the first by it', 'ORDER BY "u"."name" LIMIT 3'],
    ['groups', 'GROUP BY "p"."id"'],
    ['joins it further, and drops what does not fit', 'INNER JOIN "tag" "t" ON "t"."id" = "u"."id"'],
  ])('not where the query %s', (_, rest) => {
    const planned = plan(
      `SELECT "p"."id" AS "p_id", "p"."authorId" AS "p_authorId" FROM "post" "p" LEFT JOIN "user" "u" ON "u"."id"="p"."authorId" ${rest}`,
    )
    expect(planned).toMatchObject({ kind: 'cacheable', late: [], tags: expect.arrayContaining(['t:main/public.user']) })
  })
})

describe('what is not cached', () => {
  it.each([
    `SELECT now() FROM post`,
    `SELECT * FROM post WHERE title < CURRENT_TIMESTAMP`,
    `SELECT random() FROM post`,
    `SELECT * FROM post p WHERE p.id = 1 FOR UPDATE`,
    `SELECT * FROM post p FOR NO KEY UPDATE SKIP LOCKED`,
    `SELECT * FROM post TABLESAMPLE SYSTEM (1)`,
    `SELECT my_function(id) FROM post`,
    `SELECT * FROM my_rows(1)`,
    `SELECT * FROM elsewhere`,
    `SELECT * INTO fresh FROM post`,
    `WITH x AS (UPDATE post SET title = 'a' RETURNING id) SELECT * FROM x`,
    `SELECT 1; SELECT 2`,
    `UPDATE post SET title = 'a'`,
    `SELECT 'open`,
    `SHOW TABLES`,
    `SELECT CURRENT_SCHEMA FROM post`,
    `SELECT * FROM post WHERE at > 'today'`,
    `SELECT * FROM post WHERE at > DATE 'Tomorrow 10:00'`,
  ])('#11 %s', (sql) => {
    expect(plan(sql).kind).toBe('uncacheable')
  })

  it('#11 a parameter that PostgreSQL may take for the present day', () => {
    expect(plan(`${P} WHERE "p"."at" > $1`, ['yesterday']).kind).toBe('uncacheable')
    expect(plan(`${P} WHERE "p"."title" = $1`, ['today I wrote']).kind).toBe('cacheable')
  })

  it.each([
    `SELECT * FROM post LOCK IN SHARE MODE`,
    `SELECT @x FROM post`,
    `SELECT /*! id */ FROM post`,
    `SELECT '\\' FROM post`,
    `SELECT * FROM post FOR SYSTEM_TIME ALL`,
    `SELECT UTC_TIMESTAMP FROM post`,
  ])('in MySQL: %s', (sql) => {
    expect(plan(sql, [], 'mysql').kind).toBe('uncacheable')
  })
})
