import type { ValueSource } from '../statement/condition.ts'

/** What a source stands for, given the statement's parameters: several for an array, `undefined` if that is not to be told. */
export function valuesOf(source: ValueSource, parameters: readonly unknown[]): readonly unknown[] | undefined {
  switch (source.kind) {
    case 'literal':
      return [source.value]
    case 'parameter':
      return parameters[source.index] === undefined ? undefined : [parameters[source.index]]
    case 'elements': {
      const list = parameters[source.index]
      return Array.isArray(list) ? (list as readonly unknown[]) : undefined
    }
    case 'default':
      return undefined
    default:
      return source satisfies never
  }
}
