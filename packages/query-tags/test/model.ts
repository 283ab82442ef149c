import type { Random } from '@larder/core'
import { ANY_ROWS, Catalog, coarseTags, readTags, tableTag, writeTags } from '../src/index.ts'
import type { Change, KnownRows } from '../src/index.ts'
import type { KnownTable } from '../src/index.ts'
import { MODEL_TABLES } from './model-tables.ts'

type Row = Record<string, number | null>
type TableName = 'users' | 'posts' | 'comments'
type Pins = Readonly<Record<string, readonly (number | null)[]>>

/** A rule left out, to show that the model would notice. */
export type Fault = 'no wildcard' | 'no cascade' | 'no old values' | 'no coarse tag'

interface Question {
  readonly table: TableName
  readonly branches: readonly Pins[]
  readonly above: number | undefined
  readonly limit: number | undefined
  readonly count: boolean
  readonly joins: boolean
}

/** A database of three small tables, a cache in front of it, and a look at the truth behind every hit. */
export class Model {
  readonly wrong: string[] = []
  hits = 0
  misses = 0
  writes = 0
  readonly #random: Random
  readonly #fault: Fault | undefined
  readonly #catalog: Catalog
  readonly #grain: 'schemes' | 'tables'
  readonly #rows: Record<TableName, Row[]> = { users: [], posts: [], comments: [] }
  readonly #marks = new Map<string, number>()
  readonly #cache = new Map<
    string,
    { readonly answer: string; readonly marks: readonly (readonly [string, number])[] }
  >()
  readonly #questions: Question[] = []
  #next = 0
  #lastMark = 0

  constructor(random: Random, grain: 'schemes' | 'tables', fault?: Fault) {
    this.#random = random
    this.#grain = grain
    this.#fault = fault
    this.#catalog = new Catalog({
      database: 'model',
      dialect: 'postgres',
      defaultSchema: 'public',
      tables: MODEL_TABLES,
    })
    for (let id = 1; id <= 6; id++) this.#rows.users.push({ id, tenant: id % 2, name: 0 })
  }

  run(operations: number): void {
    for (let done = 0; done < operations; done++) {
      if (this.#draw(6) === 0) this.#write()
      else this.#read(this.#asked())
    }
  }

  #read(question: Question): void {
    const key = JSON.stringify(question)
    const truth = this.#answer(question)
    const entry = this.#cache.get(key)
    if (entry !== undefined && entry.marks.every(([tag, mark]) => this.#marks.get(tag) === mark)) {
      this.hits++
      if (entry.answer !== truth.text && this.wrong.length < 5)
        this.wrong.push(`${key}: ${entry.answer}, not ${truth.text}`)
      return
    }
    this.misses++
    const marks = this.#tagsOf(question, truth.rows).map((tag): [string, number] => [tag, this.#mark(tag)])
    if (this.#cache.size > 3_000) this.#cache.clear()
    this.#cache.set(key, { answer: truth.text, marks })
  }

  #tagsOf(question: Question, rows: readonly Row[]): readonly string[] {
    const table = this.#table(question.table)
    const users = this.#table('users')
    if (this.#grain === 'tables') return question.joins ? [tableTag(table), tableTag(users)] : [tableTag(table)]
    const tags = new Set(readTags(table, question.branches.map(known)))
    if (question.joins) {
      for (const row of rows)
        if (typeof row['author'] === 'number')
          for (const tag of readTags(users, [known({ id: [row['author']] })])) tags.add(tag)
    }
    return [...tags]
  }

  #write(): void {
    this.writes++
    const draw = this.#draw(12)
    if (draw < 3) this.#insert(draw === 0 ? 'comments' : 'posts')
    else if (draw < 8) this.#update()
    else if (draw < 10) this.#remove(this.#pick(['posts', 'posts', 'comments', 'users'] as const))
    else if (draw === 10) this.#renumberUser()
    else this.#rewrite(this.#pick(['posts', 'comments', 'users'] as const))
    if (this.#rows.users.length < 3) this.#insert('users')
  }

  #insert(name: TableName): void {
    const rows = this.#rows[name]
    const id = rows.length > 30 ? this.#draw(40) : (this.#next = (this.#next + 1) % 60)
    if (rows.some((row) => row['id'] === id)) return
    const row: Row =
      name === 'users'
        ? { id, tenant: this.#draw(2), name: 0 }
        : name === 'posts'
          ? { id, author: this.#user(), tenant: this.#draw(2), score: this.#draw(6) }
          : { id, post: this.#pick(this.#rows.posts)?.['id'] ?? null, score: this.#draw(6) }
    rows.push(row)
    // A column with a default of the database: its value is not in the statement.
    const hidden = this.#draw(3) === 0 ? this.#pick(Object.keys(row)) : undefined
    this.#apply([{ table: this.#table(name), after: known(pinsOf(row, hidden)) }])
  }

  #update(): void {
    const name = this.#pick(['posts', 'posts', 'posts', 'comments', 'users'] as const)
    const where = this.#where(name)
    const matching = this.#rows[name].filter((row) => fits(row, where))
    const sets: Row =
      name === 'posts'
        ? this.#pick([
            { score: this.#draw(6) },
            { author: this.#user() },
            { tenant: this.#draw(2), score: this.#draw(6) },
          ])
        : name === 'comments'
          ? { score: this.#draw(6) }
          : { name: this.#draw(6) }
    const expression = this.#draw(4) === 0
    const returning = this.#draw(2) === 0
    const changed = new Set(Object.keys(sets))
    const changes = (returning ? matching : [undefined]).map((row): Change => {
      const before = new Map(known(where))
      if (row !== undefined)
        for (const [key, values] of known(pinsOf(row))) if (!changed.has(key)) before.set(key, values)
      const after = new Map([...before].filter(([key]) => !changed.has(key)))
      if (!expression) for (const [key, values] of known(pinsOf(sets))) after.set(key, values)
      return { table: this.#table(name), before, after, sets: changed }
    })
    for (const row of matching) Object.assign(row, sets)
    this.#apply(changes)
  }

  #remove(name: TableName): void {
    const where = this.#where(name)
    const matching = this.#rows[name].filter((row) => fits(row, where))
    if (matching.length > 4) return
    this.#drop(name, matching)
    this.#apply([{ table: this.#table(name), before: known(where) }])
  }

  #drop(name: TableName, rows: readonly Row[]): void {
    this.#rows[name] = this.#rows[name].filter((row) => !rows.includes(row))
    const ids = rows.map((row) => row['id'])
    if (name === 'users') for (const post of this.#rows.posts) if (ids.includes(post['author'])) post['author'] = null
    if (name === 'posts')
      this.#drop(
        'comments',
        this.#rows.comments.filter((comment) => ids.includes(comment['post'] as number)),
      )
  }

  #renumberUser(): void {
    const user = this.#pick(this.#rows.users)
    const id = 1 + this.#draw(12)
    if (user === undefined || this.#rows.users.some((other) => other['id'] === id)) return
    const old = user['id'] as number
    for (const post of this.#rows.posts) if (post['author'] === old) post['author'] = id
    user['id'] = id
    this.#apply([
      { table: this.#table('users'), before: known({ id: [old] }), after: known({ id: [id] }), sets: new Set(['id']) },
    ])
  }

  /** A statement that cannot be read. */
  #rewrite(name: TableName): void {
    const row = this.#pick(this.#rows[name])
    if (row === undefined) return
    if (this.#draw(2) === 0) this.#drop(name, [row])
    else if (name === 'posts') row['author'] = this.#user()
    else row[name === 'users' ? 'name' : 'score'] = this.#draw(6)
    const table = this.#table(name)
    for (const tag of coarseTags(this.#catalog, table))
      if (this.#fault !== 'no coarse tag' || !tag.startsWith('c:')) this.#marks.delete(tag)
  }

  #apply(changes: readonly Change[]): void {
    const meant = changes.map((change) =>
      this.#fault === 'no old values' && change.after !== undefined ? { ...change, before: change.after } : change,
    )
    const catalog =
      this.#fault === 'no cascade'
        ? new Catalog({
            database: 'model',
            dialect: 'postgres',
            defaultSchema: 'public',
            tables: MODEL_TABLES.map(({ foreignKeys: _, ...table }) => table),
          })
        : this.#catalog
    for (const tag of writeTags(catalog, meant))
      if (this.#fault !== 'no wildcard' || !tag.startsWith('w:')) this.#marks.delete(tag)
  }

  #where(name: TableName): Pins {
    const row = this.#pick(this.#rows[name])
    const byId = { id: [row?.['id'] ?? 0] }
    if (name === 'posts')
      return this.#pick<Pins>([
        byId,
        byId,
        { author: [this.#user()] },
        { tenant: [this.#draw(2)], author: [this.#user(), this.#user()] },
        { author: [null] },
        { tenant: [this.#draw(2)] },
      ])
    return name === 'comments' ? this.#pick<Pins>([byId, { post: [row?.['post'] ?? 0] }]) : byId
  }

  /** A question asked before, or a new one: without repetition nothing is ever found in a cache. */
  #asked(): Question {
    const again = this.#questions[this.#draw(60)]
    if (again !== undefined && this.#draw(8) > 0) return again
    const question = this.#question()
    this.#questions[this.#draw(60)] = question
    return question
  }

  #question(): Question {
    const table = this.#pick(['posts', 'posts', 'posts', 'comments', 'users'] as const)
    const branches = Array.from({ length: 1 + (this.#draw(4) === 0 ? 1 : 0) }, () =>
      this.#draw(12) === 0 ? {} : this.#where(table),
    )
    const plain = { table, branches, above: undefined, limit: undefined, count: false, joins: false }
    switch (this.#draw(6)) {
      case 0:
        return { ...plain, above: this.#draw(5) }
      case 1:
        return { ...plain, limit: 2 }
      case 2:
        return { ...plain, count: true }
      case 3:
        return { ...plain, joins: table === 'posts' }
      default:
        return plain
    }
  }

  #answer({ table, branches, above, limit, count, joins }: Question): {
    readonly text: string
    readonly rows: readonly Row[]
  } {
    const found = this.#rows[table].filter(
      (row) => branches.some((branch) => fits(row, branch)) && (above === undefined || (row['score'] ?? 0) > above),
    )
    const ordered = [...found].sort(
      (a, b) => (a['score'] ?? 0) - (b['score'] ?? 0) || (a['id'] as number) - (b['id'] as number),
    )
    const rows = limit === undefined ? ordered : ordered.slice(0, limit)
    if (count) return { text: String(rows.length), rows }
    const joined = joins
      ? rows.map((row) => [row, this.#rows.users.find((user) => user['id'] === row['author'])?.['name']])
      : rows
    return { text: JSON.stringify(joined), rows }
  }

  #user(): number {
    return (this.#pick(this.#rows.users)?.['id'] as number | undefined) ?? 1
  }

  #table(name: TableName): KnownTable {
    return this.#catalog.named(name)[0] as KnownTable
  }

  #mark(tag: string): number {
    const mark = this.#marks.get(tag) ?? ++this.#lastMark
    this.#marks.set(tag, mark)
    return mark
  }

  #draw(below: number): number {
    return Math.floor(this.#random.fraction() * below)
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#draw(items.length)] as T
  }
}

function fits(row: Row, pins: Pins): boolean {
  return Object.entries(pins).every(([name, values]) => values.includes(row[name] ?? null))
}

function pinsOf(row: Row, hidden?: string): Pins {
  return Object.fromEntries(Object.entries(row).flatMap(([name, value]) => (name === hidden ? [] : [[name, [value]]])))
}

function known(pins: Pins): KnownRows {
  const entries = Object.entries(pins)
  if (entries.length === 0) return ANY_ROWS
  return new Map(entries.map(([name, values]) => [name, values.map((value) => (value === null ? '~' : String(value)))]))
}
