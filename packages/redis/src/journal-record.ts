import type { JournalRecord, RecordKind } from '@larder/core/contracts'

const KINDS: readonly string[] = ['keys', 'tags', 'cache', 'genesis'] satisfies readonly RecordKind[]

/** An entry of a stream, as the server answers it: `[id, [field, value, …]]`. */
export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]]

/** The record in a stream entry; `undefined` if it cannot be understood. */
export function recordOfEntry([id, flat]: StreamEntry): JournalRecord | undefined {
  const fields: Record<string, string> = { id: id.toString() }
  for (let i = 0; i + 1 < flat.length; i += 2) fields[String(flat[i])] = String(flat[i + 1])
  return recordOfFields({ ...fields, items: parsed(fields['items']) })
}

/** The record in a published message; `undefined` if it cannot be understood. */
export function recordOfMessage(text: string): JournalRecord | undefined {
  const fields = parsed(text)
  return typeof fields === 'object' && fields !== null ? recordOfFields(fields) : undefined
}

function recordOfFields(fields: Readonly<Record<string, unknown>>): JournalRecord | undefined {
  const { id, nonce, prevId, prevNonce, origin = '', kind, items } = fields
  if (typeof id !== 'string' || !/^\d+-\d+$/.test(id) || typeof nonce !== 'string' || typeof origin !== 'string')
    return undefined
  if (!isKind(kind) || !Array.isArray(items) || !items.every((item) => typeof item === 'string')) return undefined
  const record = { id, nonce, origin, kind, items: items as readonly string[] }
  return typeof prevId === 'string' && typeof prevNonce === 'string'
    ? { ...record, prev: { id: prevId, nonce: prevNonce } }
    : record
}

function isKind(kind: unknown): kind is RecordKind {
  return typeof kind === 'string' && KINDS.includes(kind)
}

function parsed(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    return json === undefined ? undefined : (JSON.parse(json) as Readonly<Record<string, unknown>>)
  } catch {
    return undefined
  }
}
