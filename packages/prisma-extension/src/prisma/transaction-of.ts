/** The transaction that an operation is part of. `unknown`: this version of Prisma does not tell. */
export type OperationTransaction =
  | { readonly kind: 'none' | 'unknown' }
  /** `$transaction([…])` */
  | { readonly kind: 'batch' }
  /** `$transaction(async (tx) => …)` */
  | { readonly kind: 'interactive'; readonly id: string | undefined }

const SCOPE = Symbol.for('prisma.client.transaction.scope_context')

/** What Prisma says, beside its documented parameters, of the transaction of an operation. */
export function transactionOf(internal: unknown): OperationTransaction {
  if (typeof internal !== 'object' || internal === null || !('transaction' in internal)) return { kind: 'unknown' }
  const { transaction } = internal
  if (transaction === undefined || transaction === null) return { kind: 'none' }
  const { kind, id } = transaction as { readonly kind?: unknown; readonly id?: unknown }
  if (kind === 'batch') return { kind: 'batch' }
  return kind === 'itx' ? { kind: 'interactive', id: typeof id === 'string' ? id : undefined } : { kind: 'unknown' }
}

/** The id of the transaction that a client given to a function belongs to, if this version of Prisma tells. */
export function transactionId(client: object): string | undefined {
  const scope = Reflect.get(client, SCOPE) as { readonly txId?: unknown } | undefined
  return typeof scope?.txId === 'string' ? scope.txId : undefined
}
