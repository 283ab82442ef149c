/** A row as a driver gives it. */
export type Row = Record<string, unknown>

/** Rows as the cache keeps them: plain data, and which columns hold instances of classes that drivers have. */
export interface PackedRows {
  readonly rows: readonly Row[]
  /** Columns by name of the class. */
  readonly instances?: Readonly<Record<string, string>>
}

/** The prototype of a class of the driver's own, by its name. */
export type Prototypes = (name: string) => object | undefined

/** The rows as they are kept, or `undefined` if they hold something that would not come back as it was. */
export function packRows(rows: readonly Row[], prototypes: Prototypes): PackedRows | undefined {
  const instances: Record<string, string> = {}
  const packed: Row[] = []
  for (const row of rows) {
    const copy: Row = {}
    for (const name of Object.keys(row)) {
      const value = row[name]
      if (isData(value)) {
        copy[name] = value
        continue
      }
      const known = instanceName(value, prototypes)
      if (known === undefined || (instances[name] ?? known) !== known) return undefined
      instances[name] = known
      copy[name] = { ...(value as object) }
    }
    packed.push(copy)
  }
  return Object.keys(instances).length === 0 ? { rows: packed } : { rows: packed, instances }
}

/** Rows for one caller: nothing in them is shared with another. */
export function unpackRows(packed: PackedRows, prototypes: Prototypes): Row[] {
  const { rows, instances } = packed
  return rows.map((row) => {
    const copy: Row = {}
    for (const name of Object.keys(row)) {
      const value = row[name]
      copy[name] = typeof value === 'object' && value !== null ? copied(value) : value
    }
    for (const name of Object.keys(instances ?? {})) {
      const value = copy[name]
      const prototype = prototypes(instances?.[name] as string)
      if (typeof value === 'object' && value !== null && prototype !== undefined)
        copy[name] = Object.assign(Object.create(prototype) as object, value)
    }
    return copy
  })
}

function isData(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function' && typeof value !== 'symbol'
  if (value instanceof Date || Buffer.isBuffer(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Uint8Array.prototype) return true
  if (Array.isArray(value)) return prototype === Array.prototype && value.every(isData)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.values(value).every(isData)
}

function instanceName(value: unknown, prototypes: Prototypes): string | undefined {
  const name: unknown = (value as object).constructor?.name
  if (typeof name !== 'string') return undefined
  return prototypes(name) === Object.getPrototypeOf(value) && Object.values(value as object).every(isData)
    ? name
    : undefined
}

function copied(value: object): unknown {
  if (value instanceof Date) return new Date(value.getTime())
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (Array.isArray(value))
    return (value as unknown[]).map((item) => (typeof item === 'object' && item !== null ? copied(item) : item))
  const copy: Row = {}
  for (const [name, item] of Object.entries(value as Row))
    copy[name] = typeof item === 'object' && item !== null ? copied(item) : item
  return copy
}
