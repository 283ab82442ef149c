import type { Column, Table } from '@larder/query-tags'

/** A table that several entities describe, each as far as it knows it. */
export function mergedTable(one: Table, other: Table): Table {
  const columns = new Map(one.columns.map((column) => [column.name, column]))
  for (const column of other.columns) columns.set(column.name, mergedColumn(columns.get(column.name), column))
  return {
    ...one,
    columns: [...columns.values()],
    schemes: [...one.schemes, ...other.schemes],
    foreignKeys: [...(one.foreignKeys ?? []), ...(other.foreignKeys ?? [])],
  }
}

function mergedColumn(one: Column | undefined, other: Column): Column {
  if (one === undefined) return other
  return {
    name: other.name,
    // They disagree: nobody can tell how its values are compared.
    kind: one.kind === other.kind ? one.kind : 'opaque',
    computed: one.computed === true || other.computed === true,
    generated: one.generated === true || other.generated === true,
  }
}
