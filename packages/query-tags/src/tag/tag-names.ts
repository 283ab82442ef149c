import { stableHash } from '@larder/core'
import type { KnownTable } from '../catalog/catalog.ts'

/** The longest text of values in a tag; longer ones are hashed. */
const LONGEST_VALUES = 120
/** The longest name of a table in a tag. */
const LONGEST_TABLE = 200

/** Carried by everything read from a database; moved when nobody can tell what changed. */
export function databaseTag(database: string): string {
  return `d:${shortened(
    database.replace(/[%/.:=,|~]/g, (char) => `%${char.charCodeAt(0).toString(16)}`),
    LONGEST_TABLE,
  )}`
}

/** Moved by every change of a table. */
export function tableTag(table: KnownTable): string {
  return `t:${tableText(table)}`
}

/** Moved by changes of a table that do not say which rows: everything read by a scheme carries it. */
export function anyRowsTag(table: KnownTable): string {
  return `c:${tableText(table)}`
}

/** Moved by a change of rows whose values in the scheme are not known. */
export function wildcardTag(table: KnownTable, columns: readonly string[]): string {
  return `w:${tableText(table)}:${columnsText(columns)}`
}

/** Moved by a change of rows that had, or get, these values in the scheme. */
export function schemeTag(table: KnownTable, columns: readonly string[], values: readonly string[]): string {
  // Each value with its length: no value can pretend to be two.
  const text = values.map((value) => `${value.length}${value}`).join(',')
  return `e:${tableText(table)}:${columnsText(columns)}=${shortened(text.isWellFormed() ? text : `#${stableHash(text)}`, LONGEST_VALUES)}`
}

function tableText(table: KnownTable): string {
  return shortened(table.id, LONGEST_TABLE)
}

function columnsText(columns: readonly string[]): string {
  return shortened(
    columns.map((column) => column.replace(/[%=,:|]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)).join(','),
    120,
  )
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `|${stableHash(text)}`
}
