import type { KnownRows } from '@larder/query-tags'
import type { Model } from '../schema/data-model.ts'
import type { ModelMap } from '../schema/model-map.ts'
import { isRecord } from '../values/is-record.ts'

/** Branches that are told apart; more count as no condition at all. */
const MOST_BRANCHES = 16
const MOST_VALUES = 64

const ANYTHING: readonly KnownRows[] = [new Map()]

/**
 * What a `where` says about the rows of its model, as branches of which one must hold: the fields that it pins to values. All else in it is left out,
 * which makes it weaker.
 */
export function whereBranches(map: ModelMap, model: Model, where: unknown): readonly KnownRows[] {
  if (!isRecord(where)) return ANYTHING
  let branches = ANYTHING
  for (const [name, condition] of Object.entries(where)) {
    const alternatives = termBranches(map, model, { name, condition })
    if (alternatives.length * branches.length <= MOST_BRANCHES)
      branches = branches.flatMap((branch) => alternatives.map((other) => both(branch, other)))
  }
  return branches
}

function termBranches(
  map: ModelMap,
  model: Model,
  { name, condition }: { readonly name: string; readonly condition: unknown },
): readonly KnownRows[] {
  if (name === 'AND') {
    const parts = Array.isArray(condition) ? (condition as unknown[]) : [condition]
    return parts.reduce<readonly KnownRows[]>((branches, part) => {
      const alternatives = whereBranches(map, model, part)
      if (alternatives.length * branches.length > MOST_BRANCHES) return branches
      return branches.flatMap((branch) => alternatives.map((other) => both(branch, other)))
    }, ANYTHING)
  }
  if (name === 'OR') {
    const parts = Array.isArray(condition) ? (condition as unknown[]) : [condition]
    const branches = parts.flatMap((part) => whereBranches(map, model, part))
    return branches.length === 0 || branches.length > MOST_BRANCHES ? ANYTHING : branches
  }
  const field = map.field(model, name)
  if (field !== undefined && field.relation === undefined) return pinned(map, model, { name, condition })
  // The name of a key of several fields, which holds them.
  const isKey = field === undefined && name !== 'NOT' && isRecord(condition)
  return isKey ? whereBranches(map, model, condition) : ANYTHING
}

function pinned(
  map: ModelMap,
  model: Model,
  { name, condition }: { readonly name: string; readonly condition: unknown },
): readonly KnownRows[] {
  const values = valuesOf(condition)
  if (values === undefined || values.length > MOST_VALUES) return ANYTHING
  const canonical = values.map((value) => map.canonical(model, name, value))
  if (canonical.includes(undefined)) return ANYTHING
  return [new Map([[map.column(model, name) as string, [...new Set(canonical as string[])]]])]
}

/** The values of which a field must have one; `undefined` if the condition says nothing of the kind. */
function valuesOf(condition: unknown): readonly unknown[] | undefined {
  if (condition === undefined) return undefined
  if (!isRecord(condition)) return [condition]
  // Without regard to case, other values are equal as well.
  if (condition['mode'] !== undefined && condition['mode'] !== 'default') return undefined
  if (condition['equals'] !== undefined) return [condition['equals']]
  return Array.isArray(condition['in']) ? (condition['in'] as unknown[]) : undefined
}

/** Both hold. Of two lists of values for one column either will do. */
function both(left: KnownRows, right: KnownRows): KnownRows {
  return new Map([...right, ...left])
}
