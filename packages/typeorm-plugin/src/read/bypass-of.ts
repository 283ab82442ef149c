import type { QueryRunner } from 'typeorm'
import type { Connections } from '../write/connections.ts'
import type { Builder } from './builder.ts'

/** Why a builder's query must go to the database, whatever it asks for; `undefined` if that depends on its text. */
export function bypassOf(
  builder: Builder,
  how: { readonly connections: Connections; readonly runner: QueryRunner | undefined },
): string | undefined {
  const { lockMode, timeTravel, useTransaction } = builder.expressionMap
  const { connections, runner } = how
  if ((runner !== undefined && connections.isPrivate(runner)) || useTransaction === true)
    return 'it runs in a transaction, or in an altered session'
  if (lockMode !== undefined) return 'it locks rows'
  return timeTravel !== undefined && timeTravel !== false ? 'it reads the past' : undefined
}
