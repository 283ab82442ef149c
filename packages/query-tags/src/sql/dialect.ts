/** The family of SQL that a database speaks. Variants go with their family: CockroachDB with PostgreSQL, MariaDB with MySQL. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite'
