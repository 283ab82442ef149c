import type { Token } from './token.ts'

/** A statement's tokens with what stands in parentheses, or between CASE and END, as one item. */
export type Syntax = Token | Group

/** What stands in parentheses, in brackets, or between CASE and END. */
export interface Group {
  readonly kind: 'group'
  readonly open: '(' | '[' | 'CASE'
  readonly items: readonly Syntax[]
  readonly at: number
  readonly end: number
}

/** The statements of a text, each as a list of items; `undefined` where parentheses do not match. Empty statements are left out. */
export function nest(tokens: readonly Token[]): readonly (readonly Syntax[])[] | undefined {
  const statements: Syntax[][] = []
  const stack: { readonly open: Group['open']; readonly items: Syntax[]; readonly at: number }[] = []
  let items: Syntax[] = []
  let top = items
  for (const token of tokens) {
    const open = openOf(token)
    if (open !== undefined) {
      stack.push({ open, items, at: token.at })
      items = []
      continue
    }
    const closes = closeOf(token)
    const around = stack.at(-1)
    if (closes !== undefined && !(closes === 'CASE' && around?.open !== 'CASE')) {
      if (around?.open !== closes) return undefined
      stack.pop()
      const group: Group = { kind: 'group', open: closes, items, at: around.at, end: token.end }
      items = around.items
      items.push(group)
      continue
    }
    if (token.kind === 'symbol' && token.text === ';') {
      if (stack.length > 0) return undefined
      if (top.length > 0) statements.push(top)
      items = top = []
      continue
    }
    items.push(token)
  }
  if (stack.length > 0) return undefined
  if (top.length > 0) statements.push(top)
  return statements
}

/** Whether an item is that keyword, unquoted. */
export function isWord(item: Syntax | undefined, ...words: readonly string[]): boolean {
  return item?.kind === 'word' && words.includes(item.upper)
}

/** Whether an item is that sign. */
export function isSymbol(item: Syntax | undefined, text: string): boolean {
  return item?.kind === 'symbol' && item.text === text
}

/** The parts between items that `separates` names; one empty part for no items. */
export function splitAt(
  items: readonly Syntax[],
  separates: (item: Syntax) => boolean,
): readonly (readonly Syntax[])[] {
  const parts: Syntax[][] = [[]]
  for (const item of items) {
    if (separates(item)) parts.push([])
    else (parts.at(-1) as Syntax[]).push(item)
  }
  return parts
}

/** Every group in the items, at any depth, outermost first. */
export function* groupsIn(items: readonly Syntax[]): Generator<Group> {
  for (const item of items) {
    if (item.kind !== 'group') continue
    yield item
    yield* groupsIn(item.items)
  }
}

function openOf(token: Token): Group['open'] | undefined {
  if (token.kind === 'symbol' && (token.text === '(' || token.text === '[')) return token.text
  return token.kind === 'word' && token.upper === 'CASE' ? 'CASE' : undefined
}

function closeOf(token: Token): Group['open'] | undefined {
  if (token.kind === 'symbol' && token.text === ')') return '('
  if (token.kind === 'symbol' && token.text === ']') return '['
  return token.kind === 'word' && token.upper === 'END' ? 'CASE' : undefined
}
