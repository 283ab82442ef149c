/** The tables, and databases, that tags speak of. */
export function tablesOf(tags: Iterable<string>): readonly string[] {
  return [...new Set([...tags].map((tag) => tag.split(':', 2)[1] as string))]
}
