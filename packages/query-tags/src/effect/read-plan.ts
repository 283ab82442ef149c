import type { Catalog, KnownTable } from '../catalog/catalog.ts'
import { folded } from '../sql/name.ts'
import type { RelationName } from '../sql/name.ts'
import type { Branch, ColumnUse } from '../statement/condition.ts'
import type { Derived, Query, Relation } from '../statement/relation.ts'
import type { Statement } from '../statement/statement.ts'
import { tellsTime } from '../statement/tells-time.ts'
import { databaseTag, tableTag } from '../tag/tag-names.ts'
import { readTags } from '../tag/read-tags.ts'
import { branchRows } from './branch-rows.ts'

/** How to cache what a text reads. */
export type ReadPlan =
  | {
      readonly kind: 'cacheable'
      /** Known before the query runs. */
      readonly tags: readonly string[]
      /** To be found in its rows. */
      readonly late: readonly LateDependency[]
      /** Why a dependency is coarser than a scheme, one sentence each. */
      readonly notes: readonly string[]
    }
  | { readonly kind: 'uncacheable'; readonly why: string }

/** A joined table of which only the rows matter that fit the values in a column of the result. */
export interface LateDependency {
  readonly table: KnownTable
  /** Folded name of the one column of its scheme. */
  readonly column: string
  /** Name of the result's column that holds the values. */
  readonly output: string
}

/** Tags that one entry may carry; with more, it depends on whole tables. Core allows 256, late ones included. */
const MOST_TAGS = 128

/** Plans the caching of what a text reads, given its parameters. */
export function planRead(catalog: Catalog, statements: readonly Statement[], parameters: readonly unknown[]): ReadPlan {
  const [statement] = statements
  if (statements.length !== 1 || statement?.kind !== 'query') return { kind: 'uncacheable', why: 'it is not one query' }
  const { query } = statement
  const refusal = query.refusal ?? refusedFunction(catalog, query)
  if (refusal !== undefined) return { kind: 'uncacheable', why: refusal }
  if (catalog.dialect === 'postgres' && parameters.some((value) => typeof value === 'string' && tellsTime(value)))
    return { kind: 'uncacheable', why: 'its answer changes with time' }
  const planner = new Planner(catalog, query, parameters)
  return planner.plan()
}

function refusedFunction(catalog: Catalog, query: Query): string | undefined {
  for (const name of query.functions) {
    const effect = catalog.effectOf(name)
    if (effect === 'unsteady') return `${name}() answers differently each time`
    if (effect === 'unknown') return `${name}() is not known: declare it in the option "functions"`
    if (effect !== 'steady') return `${name}() writes`
  }
  return undefined
}

class Planner {
  readonly #catalog: Catalog
  readonly #query: Query
  readonly #parameters: readonly unknown[]
  readonly #tags = new Set<string>()
  readonly #notes: string[] = []
  readonly #late: LateDependency[] = []

  constructor(catalog: Catalog, query: Query, parameters: readonly unknown[]) {
    this.#catalog = catalog
    this.#query = query
    this.#parameters = parameters
  }

  plan(): ReadPlan {
    const { derived } = this.#query
    return derived !== undefined && derived.query.relations.length > 0
      ? this.#derived(derived)
      : this.#planOf(this.#query.relations)
  }

  /** What a subquery that is the whole FROM depends on, without what it joins only to make more rows of which equal ones count once. */
  #derived({ query, distinct, uses }: Derived): ReadPlan {
    const { filteredBy, plainRows, limited } = query
    const inner = new Planner(this.#catalog, { ...query, plainRows: false }, this.#parameters)
    const idle = (relation: Relation): boolean =>
      distinct &&
      plainRows &&
      !limited &&
      relation.join === 'outer' &&
      filteredBy?.has(relation.alias) === false &&
      uses?.has(relation.alias) === false
    const relations = query.relations.filter((relation) => !idle(relation))
    return inner.#planOf(relations)
  }

  #planOf(relations: readonly Relation[]): ReadPlan {
    this.#tags.add(databaseTag(this.#catalog.database))
    for (const name of this.#query.others) {
      const why = this.#whole(name, 'is read in a subquery, a set operation or a common table expression')
      if (why !== undefined) return { kind: 'uncacheable', why }
    }
    for (const relation of relations) {
      const why = this.#relation(relation)
      if (why !== undefined) return { kind: 'uncacheable', why }
    }
    if (this.#tags.size > MOST_TAGS) this.#coarsen()
    return { kind: 'cacheable', tags: [...this.#tags], late: this.#late, notes: this.#notes }
  }

  #relation(relation: Relation): string | undefined {
    const tables = this.#catalog.find(relation.name)
    const [table] = tables
    if (tables.length !== 1 || table === undefined)
      return this.#whole(relation.name, 'is not one table that is known for certain')
    const tags = readTags(table, this.#branches(relation, table))
    if (tags.length === 1 && tags[0] === tableTag(table)) {
      const late = this.#lateFor(relation, table)
      if (late !== undefined) {
        this.#late.push(late)
        return undefined
      }
      this.#notes.push(`any change of ${table.name} counts: nothing pins one of its schemes to values`)
    }
    for (const tag of tags) this.#tags.add(tag)
    return undefined
  }

  /** What WHERE and the relation's own ON say about its rows, in each branch. */
  #branches(relation: Relation, table: KnownTable): readonly ReturnType<typeof branchRows>[] {
    const alone = this.#query.relations.length === 1 && this.#query.others.length === 0
    const owns = (use: ColumnUse): boolean => (use.alias === undefined ? alone : use.alias === relation.alias)
    const nulls = relation.join === 'inner'
    return this.#query.condition.map((branch) => {
      const both: Branch = { pins: [...relation.on.pins, ...branch.pins], links: [] }
      return branchRows(this.#catalog, table, { branch: both, parameters: this.#parameters, owns, nulls })
    })
  }

  /**
   * A LEFT JOIN by a column whose values the rows of the result tell. Only if each row of what is joined to is in the result, whatever this table
   * holds: it must not filter, order under a LIMIT, or be folded away.
   */
  #lateFor(relation: Relation, table: KnownTable): LateDependency | undefined {
    const { plainRows, filteredBy, outputs } = this.#query
    if (relation.join !== 'outer' || !plainRows || filteredBy === undefined || filteredBy.has(relation.alias))
      return undefined
    for (const { left, right } of relation.on.links) {
      const [own, other] = left.alias === relation.alias ? [left, right] : [right, left]
      if (own.alias !== relation.alias || other.alias === undefined || other.alias === relation.alias) continue
      const column = folded(own.column, this.#catalog.dialect)
      if (!table.schemes.some((scheme) => scheme.use && scheme.columns.length === 1 && scheme.columns[0] === column))
        continue
      const output = outputs.get(`${other.alias}.${folded(other.column, this.#catalog.dialect)}`)
      if (output !== undefined) return { table, column, output }
      const matched = relation.onlyLinked ? outputs.get(`${relation.alias}.${column}`) : undefined
      if (matched !== undefined && this.#mustMatch(other, { table, column })) return { table, column, output: matched }
    }
    return undefined
  }

  /** Whether a foreign key makes sure that a value of the other column that is not NULL has its row here. */
  #mustMatch(other: ColumnUse, target: { readonly table: KnownTable; readonly column: string }): boolean {
    const relation = this.#query.relations.find(({ alias }) => alias === other.alias)
    const [source, ...more] = relation === undefined ? [] : this.#catalog.find(relation.name)
    if (source === undefined || more.length > 0) return false
    const name = folded(other.column, this.#catalog.dialect)
    return this.#catalog
      .referrers(target.table)
      .some(
        ({ table, key }) =>
          table === source &&
          key.columns.length === 1 &&
          key.columns[0] === name &&
          key.references.columns[0] === target.column,
      )
  }

  /** Makes the result depend on a whole relation; answers why that is impossible. */
  #whole(name: RelationName, why: string): string | undefined {
    const tables = this.#catalog.find(name)
    const shadowed = name.schema === undefined && this.#query.shadows.has(folded(name.name, this.#catalog.dialect))
    if (tables.length === 0) {
      const view = this.#catalog.view(name)
      if (view === undefined)
        return shadowed ? undefined : `it reads ${name.name.text}, which is not known: declare it in the option "views"`
      const behind = view.flatMap((one) => this.#catalog.named(one))
      if (behind.length < view.length) return `the view ${name.name.text} reads a table that is not known`
      for (const table of behind) this.#tags.add(tableTag(table))
      this.#notes.push(`any change of the tables behind ${name.name.text} counts: it is a view`)
      return undefined
    }
    for (const table of tables) {
      this.#tags.add(tableTag(table))
      this.#notes.push(`any change of ${table.name} counts: it ${why}`)
    }
    return undefined
  }

  /** Too many values: the tables instead. */
  #coarsen(): void {
    this.#tags.clear()
    this.#tags.add(databaseTag(this.#catalog.database))
    for (const name of [...this.#query.others, ...this.#query.relations.map((relation) => relation.name)])
      this.#whole(name, 'is asked for too many values to tell them apart')
  }
}
