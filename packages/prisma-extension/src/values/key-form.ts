import { isObjectEnumValue, skip } from '@prisma/client/runtime/client'
import { isRecord } from './is-record.ts'

/**
 * Arguments of a Prisma operation as data that tells apart whatever Prisma does: `DbNull` from `JsonNull`, the field of a model from its name, a Decimal
 * from its text. What Prisma leaves out, `undefined` and `Prisma.skip`, is left out. @throws TypeError for what is no data.
 */
export function keyForm(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(keyForm)
  if (isRecord(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== skip)
    return Object.fromEntries(entries.map(([name, item]) => [name, keyForm(item)]))
  }
  if (value instanceof Date || ArrayBuffer.isView(value)) return value
  // Nothing else in arguments is a Map: none of these looks like what a caller wrote.
  if (isObjectEnumValue(value)) return new Map([['null', String(value)]])
  if (isFieldReference(value)) return new Map([['field', [value.modelName, value.name]]])
  return value
}

function isFieldReference(value: object): value is { readonly modelName: string; readonly name: string } {
  const { modelName, name, typeName } = value as Readonly<Record<string, unknown>>
  return typeof modelName === 'string' && typeof name === 'string' && typeof typeName === 'string'
}
