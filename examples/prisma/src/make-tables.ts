import { Client } from 'pg'

const DROP = 'DROP TABLE IF EXISTS larder_example_article, larder_example_author CASCADE'

const MAKE = `
  CREATE TABLE larder_example_author (id SERIAL PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE larder_example_article (
    id SERIAL PRIMARY KEY, title TEXT NOT NULL,
    "authorId" INTEGER NOT NULL REFERENCES larder_example_author (id) ON DELETE CASCADE ON UPDATE CASCADE
  );
  INSERT INTO larder_example_author (name) VALUES ('Ada'), ('Grace');
  INSERT INTO larder_example_article (title, "authorId") VALUES ('On engines', 1), ('On compilers', 2)`

/** Makes the tables of both services, with a few rows; disposed of, it takes them away again. */
export async function makeTables(url: string): Promise<AsyncDisposable> {
  const run = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  await run(`${DROP}; ${MAKE}`)
  return { [Symbol.asyncDispose]: () => run(DROP) }
}
