import type { Dialect } from '@larder/query-tags'

/** The statements that make the tests' tables anew: Prisma's own tool would have to be downloaded. */
export function createTables(dialect: Exclude<Dialect, 'mysql'>): readonly string[] {
  const postgres = dialect === 'postgres'
  const id = postgres ? '"id" SERIAL PRIMARY KEY' : '"id" INTEGER PRIMARY KEY AUTOINCREMENT'
  const time = postgres ? 'TIMESTAMP(3)' : 'DATETIME'
  const names = ['_PostToTag', 'Tag', 'Like', 'Comment', 'Post', 'Profile', 'users']
  return [
    ...names.map((name) => `DROP TABLE IF EXISTS "${name}"${postgres ? ' CASCADE' : ''}`),
    `CREATE TABLE "users" (${id}, "email" TEXT NOT NULL UNIQUE, "name" TEXT, "tenant_id" INTEGER NOT NULL DEFAULT 1,
      "balance" DECIMAL${postgres ? '(65,30)' : ''} NOT NULL DEFAULT 0, "visits" BIGINT NOT NULL DEFAULT 0, "avatar" ${postgres ? 'BYTEA' : 'BLOB'},
      "settings" JSONB, "score" ${postgres ? 'DOUBLE PRECISION' : 'REAL'} NOT NULL DEFAULT 0, "joinedAt" ${time} NOT NULL DEFAULT CURRENT_TIMESTAMP)`,
    `CREATE TABLE "Profile" (${id}, "bio" TEXT NOT NULL,
      "user_id" INTEGER UNIQUE REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE)`,
    `CREATE TABLE "Post" (${id}, "title" TEXT NOT NULL, "rating" INTEGER NOT NULL DEFAULT 0,
      "author_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
      "reviewerId" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL ON UPDATE CASCADE, "deletedAt" ${time})`,
    `CREATE TABLE "Comment" (${id}, "text" TEXT NOT NULL, "postId" INTEGER NOT NULL REFERENCES "Post" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
      "writerId" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL ON UPDATE CASCADE)`,
    `CREATE TABLE "Like" ("commentId" INTEGER NOT NULL REFERENCES "Comment" ("id") ON DELETE CASCADE ON UPDATE CASCADE, "visitor" INTEGER NOT NULL,
      PRIMARY KEY ("commentId", "visitor"))`,
    `CREATE TABLE "Tag" (${id}, "label" TEXT NOT NULL UNIQUE)`,
    `CREATE TABLE "_PostToTag" ("A" INTEGER NOT NULL REFERENCES "Post" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
      "B" INTEGER NOT NULL REFERENCES "Tag" ("id") ON DELETE CASCADE ON UPDATE CASCADE, PRIMARY KEY ("A", "B"))`,
  ]
}
