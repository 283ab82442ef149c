import type { Timing } from '../measure/take-turns.ts'
import type { Table } from './table.ts'

/** Timings as a table. */
export function timingTable(title: string, timings: readonly Timing[]): Table {
  return {
    title,
    columns: [
      { field: 'name', label: '' },
      { field: 'ns', label: 'ns' },
      { field: 'ratio', label: 'times the reference', digits: 2 },
      { field: 'low', label: 'quartiles', digits: 2 },
      { field: 'high', label: '', digits: 2 },
    ],
    rows: timings.map((timing) => ({ ...timing })),
  }
}
