import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** The cases of the design that concern TypeORM. Tests carry their numbers; what is left out here is about Prisma alone. */
const cases: Readonly<Record<string, string>> = {
  1: 'the same find twice is one statement, with entities of their class',
  2: 'hits share no objects',
  3: 'every type is the same on a miss and on a hit',
  4: 'what is selected, ordered and paged differently shares no key; equal parameters share tags',
  5: 'no old shape after a column was hidden, shown or added',
  6: 'a cache id does not stand for the parameters',
  7: 'exists, count, findAndCount, pages with joins',
  8: 'relations by queries of their own, eager, lazy, relation ids',
  9: 'what is not there is remembered until it is inserted',
  10: 'subqueries, EXISTS, common table expressions, set operations, views',
  11: 'unsteady SQL, locks and streams are not cached',
  13: 'search path, row-level security, scope',
  14: 'two databases on one store; one database in two packages',
  15: 'an update by id leaves other entries',
  16: 'an insert concerns its own lists',
  17: 'a move reaches both lists',
  '17b': 'an old value that was read without a lock is not believed',
  18: 'a row moves into a LIMIT window',
  19: 'joined rows',
  20: 'children of what is read',
  21: 'many to many, from either side',
  23: 'changes of many',
  24: 'values that the database makes',
  25: 'an update that answers little',
  26: 'upserts',
  27: 'soft delete, restore, withDeleted',
  28: 'referential actions of the database',
  29: 'raw statements of all kinds',
  30: 'listeners: false, clear, increment, relations, trees, inheritance',
  31: 'a subscriber that writes inside save',
  33: 'what cannot be read invalidates everything',
  34: 'text under a collation',
  35: 'composite keys, awkward values, UUIDs, bigints, bytes and dates as keys',
  36: 'invalidated only after the commit',
  37: 'a rollback sends nothing',
  38: 'a transaction neither reads nor fills the cache',
  40: 'savepoints',
  41: 'a COMMIT that was a ROLLBACK',
  42: 'a COMMIT of unknown outcome',
  43: 'a store that is away at the commit',
  44: 'who is told of the commit reads the new value',
  45: 'concurrent transactions on one row',
  46: 'a slow reader and a writer, in every order',
  47: 'the same for rows found in the answer',
  48: 'anything of the store lost at any step',
  49: 'strict: a crash after the commit, two writers, the lease',
  50: 'a replica that lags',
  51: 'stampedes, and who shares a statement with whom',
  52: 'what is invalidated is not served as stale',
  53: 'clocks that differ',
  54: 'a new scheme in a rolling deployment',
  55: 'two processes under load',
  56: 'the types of the options',
  57: 'versions and copies of TypeORM, uninstall, two data sources',
  58: 'explain, and counters that add up',
  59: 'random work against the truth',
  60: 'without the cache, everything is as without the plugin',
}

const folders = ['.', '../src/write', '../../query-tags/test'].map((folder) => new URL(`${folder}/`, import.meta.url))
const texts = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => /\.test(-d)?\.ts$/.test(file) && file !== 'numbers.test.ts')
    .map((file) => readFileSync(new URL(file, folder), 'utf8')),
)
/** The numbers at the beginning of texts: names of tests, and of groups of them. */
const covered = new Set(
  [...texts.join('\n').matchAll(/['"`]((?:#\d+b? )+)/g)].flatMap(
    ([, numbers]) => (numbers as string).match(/\d+b?/g) ?? [],
  ),
)

test.each(Object.entries(cases))('case %s: %s', (number) => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const left = readme.slice(readme.indexOf('## What is not covered'))
  expect(covered.has(number) || left.includes(`#${number} `), `no test is named "#${number} …"`).toBe(true)
})

test('a number in the name of a test is one of the cases', () => {
  for (const number of covered) expect(cases).toHaveProperty([number])
})
