import type { DataModel, Model, ModelField, ModelRelation } from './data-model.ts'
import { referentialAction } from './referential-action.ts'
import { attributesOf, endOfText, listIn, quotedIn, wordIn } from './schema-attributes.ts'
import type { SchemaAttribute } from './schema-attributes.ts'

interface Block {
  readonly kind: string
  readonly name: string
  readonly lines: readonly string[]
}

/** What a Prisma schema says of its models. @throws SyntaxError for a text that cannot be read. */
export function parseSchema(text: string): DataModel {
  const blocks = blocksOf(text)
  const enums = new Map(blocks.filter(({ kind }) => kind === 'enum').map((block) => [block.name, mappedValues(block)]))
  // In the order in which Prisma tells generators of them.
  const models = ['model', 'view'].flatMap((wanted) => blocks.filter(({ kind }) => kind === wanted))
  const names = new Set(models.map(({ name }) => name))
  return { models: models.map((block) => modelOf(block, { enums, names })), complete: true }
}

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = []
  let open: { kind: string; name: string; lines: string[] } | undefined
  for (const line of logicalLines(text)) {
    const start = /^(\w+)\s+(\w+)\s*\{$/.exec(line)
    if (open === undefined && start !== null) open = { kind: start[1] as string, name: start[2] as string, lines: [] }
    else if (open !== undefined && line === '}') {
      blocks.push(open)
      open = undefined
    } else open?.lines.push(line)
  }
  if (open !== undefined) throw new SyntaxError(`the block ${open.name} has no end`)
  return blocks
}

/** Lines without comments; what stands in parentheses is one line. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = []
  let depth = 0
  for (const physical of text.split(/\r?\n/)) {
    const line = withoutComment(physical).trim()
    if (line === '') continue
    if (depth > 0) lines.push(`${lines.pop() as string} ${line}`)
    else lines.push(line)
    depth += balance(line)
  }
  return lines
}

function withoutComment(line: string): string {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '"') at = endOfText(line, at)
    else if (line[at] === '/' && line[at + 1] === '/') return line.slice(0, at)
  }
  return line
}

function balance(line: string): number {
  let depth = 0
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '"') at = endOfText(line, at)
    else if (line[at] === '(') depth++
    else if (line[at] === ')') depth--
  }
  return depth
}

/** The values of an enum that the database calls something else. */
function mappedValues({ lines }: Block): ModelField['mapped'] {
  const mapped = lines.flatMap((line) => {
    const value = /^(\w+)\s+@map\b/.exec(line)?.[1]
    const [map] = value === undefined ? [] : attributesOf(line)
    return map === undefined ? [] : [[value as string, quotedIn(map.text, 'name') ?? ''] as const]
  })
  return mapped.length === 0 ? undefined : Object.fromEntries(mapped)
}

function modelOf(
  { kind, name, lines }: Block,
  known: { readonly enums: ReadonlyMap<string, ModelField['mapped']>; readonly names: ReadonlySet<string> },
): Model {
  const own = lines.filter((line) => line.startsWith('@@')).flatMap((line) => attributesOf(line))
  const described = lines.flatMap((line) => {
    const match = /^(\w+)\s+(\w+)(\("[^)]*"\))?(\[\])?(\?)?(.*)$/.exec(line)
    return line.startsWith('@') || match === null ? [] : [fieldOf(match, known)]
  })
  const fields = described.map(({ field }) => field)
  const marked = (mark: string): readonly (readonly string[])[] =>
    described
      .filter(({ attributes }) => attributes.some((attribute) => attribute.name === mark))
      .map(({ field }) => [field.name])
  const listed = (mark: string): readonly (readonly string[])[] =>
    own.filter((attribute) => attribute.name === mark).map((attribute) => listIn(attribute.text))
  const named = (mark: string): string | undefined => {
    const attribute = own.find((one) => one.name === mark)
    return attribute === undefined ? undefined : quotedIn(attribute.text, mark === 'map' ? 'name' : undefined)
  }
  return {
    name,
    table: named('map') ?? name,
    schema: named('schema'),
    isView: kind === 'view',
    fields,
    keys: [...marked('id'), ...listed('id'), ...marked('unique'), ...listed('unique')],
  }
}

function fieldOf(
  match: RegExpExecArray,
  known: { readonly enums: ReadonlyMap<string, ModelField['mapped']>; readonly names: ReadonlySet<string> },
): { readonly field: ModelField; readonly attributes: readonly SchemaAttribute[] } {
  const [, name, type, , list, optional, rest] = match as unknown as readonly [string, string, string, ...string[]]
  const attributes = attributesOf(rest ?? '')
  const attribute = (wanted: string): string | undefined => attributes.find((one) => one.name === wanted)?.text
  const map = attribute('map')
  const native = attributes.find((one) => one.name.startsWith('db.'))?.name.slice('db.'.length)
  const isRelation = known.names.has(type)
  return {
    attributes,
    field: {
      name,
      column: (map === undefined ? undefined : quotedIn(map, 'name')) ?? name,
      type,
      isList: list !== undefined,
      nativeType: native,
      isEnum: known.enums.has(type),
      mapped: known.enums.get(type),
      generated: attribute('default')?.trim().startsWith('autoincrement') ?? false,
      relation: isRelation ? relationOf(attribute('relation') ?? '', optional !== undefined) : undefined,
    },
  }
}

/** Its name stays empty where the schema gives none: both sides are found by their models then. */
function relationOf(text: string, optional: boolean): ModelRelation {
  return {
    name: quotedIn(text, 'name') ?? '',
    fields: listIn(text, 'fields'),
    references: listIn(text, 'references'),
    onDelete: referentialAction(wordIn(text, 'onDelete'), optional ? 'set null' : 'none'),
    onUpdate: referentialAction(wordIn(text, 'onUpdate'), 'cascade'),
  }
}
