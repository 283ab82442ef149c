/** A column: the field of a row that it shows, and how. */
export interface Column {
  readonly field: string
  readonly label: string
  /** Decimals of a number; default 0. */
  readonly digits?: number
}

export type Row = Readonly<Record<string, string | number>>

/** Figures in rows. */
export interface Table {
  readonly title: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** A table as lines of text: names to the left, numbers to the right. */
export function tableText({ title, columns, rows }: Table): string {
  const shown = columns.map((column) => {
    const cells = rows.map((row) => cellText(row[column.field], column.digits ?? 0))
    const width = Math.max(column.label.length, ...cells.map((cell) => cell.length))
    const numeric = rows.some((row) => typeof row[column.field] === 'number')
    return [column.label, ...cells].map((cell) => (numeric ? cell.padStart(width) : cell.padEnd(width)))
  })
  const lines = Array.from({ length: rows.length + 1 }, (_, line) =>
    `  ${shown.map((cells) => cells[line]).join('  ')}`.trimEnd(),
  )
  return [title, ...lines].join('\n')
}

function cellText(value: string | number | undefined, digits: number): string {
  if (typeof value !== 'number') return value ?? ''
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
