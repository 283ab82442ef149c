/** One attribute of a Prisma schema: its name, and the text between its parentheses. */
export interface SchemaAttribute {
  readonly name: string
  readonly text: string
}

/** The attributes of a line, in order. Parentheses and quotes in their arguments are understood. */
export function attributesOf(line: string): readonly SchemaAttribute[] {
  const found: SchemaAttribute[] = []
  const starts = /@@?([a-zA-Z][\w.]*)/g
  for (let match = starts.exec(line); match !== null; match = starts.exec(line)) {
    const at = starts.lastIndex
    const end = line[at] === '(' ? closing(line, at) : at
    found.push({ name: match[1] as string, text: end === at ? '' : line.slice(at + 1, end) })
    starts.lastIndex = end
  }
  return found
}

/** The names in the list that an attribute has first, or under `name`: `[a, b(sort: Desc)]` gives `a` and `b`. */
export function listIn(text: string, name?: string): readonly string[] {
  const list = (
    name === undefined ? /^\s*(?:fields\s*:\s*)?\[([^\]]*)\]/ : new RegExp(`\\b${name}\\s*:\\s*\\[([^\\]]*)\\]`)
  ).exec(text)
  if (list === null) return []
  return (list[1] as string)
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The text in quotes that an attribute has first, or under `name`. */
export function quotedIn(text: string, name?: string): string | undefined {
  const pattern = '"((?:[^"\\\\]|\\\\.)*)"'
  const named = name === undefined ? undefined : new RegExp(`\\b${name}\\s*:\\s*${pattern}`).exec(text)
  const found = named ?? new RegExp(`^\\s*${pattern}`).exec(text)
  return found === null || found === undefined ? undefined : (JSON.parse(`"${found[1] as string}"`) as string)
}

/** The word under `name`: an action. */
export function wordIn(text: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*:\\s*(\\w+)`).exec(text)?.[1]
}

function closing(line: string, open: number): number {
  let depth = 0
  for (let at = open; at < line.length; at++) {
    if (line[at] === '"') at = endOfText(line, at)
    else if (line[at] === '(') depth++
    else if (line[at] === ')' && --depth === 0) return at
  }
  throw new SyntaxError(`an attribute has no end: ${line}`)
}

/** Where the text that begins at a quotation mark ends. */
export function endOfText(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') at++
    else if (line[at] === '"') return at
  }
  throw new SyntaxError(`a text has no end: ${line}`)
}
