import type { Dialect } from '@larder/query-tags'

/** The text and values of a raw operation: `Prisma.sql` for the tagged ones, `[text, ...values]` for the unsafe ones. */
export function rawStatement(
  args: unknown,
  dialect: Dialect,
): { readonly sql: string; readonly values: readonly unknown[] } {
  if (Array.isArray(args)) {
    const [sql, ...values] = args as unknown[]
    return { sql: String(sql), values }
  }
  const { strings, values, sql } = args as {
    readonly strings?: unknown
    readonly values?: readonly unknown[]
    readonly sql?: unknown
  }
  if (!Array.isArray(strings)) return { sql: typeof sql === 'string' ? sql : UNREADABLE, values: values ?? [] }
  const text = (strings as readonly string[]).reduce(
    (before, part, index) => `${before}${dialect === 'postgres' ? `$${index}` : '?'}${part}`,
  )
  return { sql: text, values: values ?? [] }
}

/** No statement: whoever reads it takes it for one that may do anything. */
const UNREADABLE = 'UNREADABLE'
