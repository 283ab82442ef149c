import type { Prisma } from '@prisma/client/extension'
import type { CacheStrategy } from '../read/cache-context.ts'
import type { FluentForm, OneRowOperation } from './fluent-form.ts'

/** What a read operation takes beside its own arguments. */
export interface CacheArgs {
  /** `true`: cached as the options say; an object: with these; `false`: not, whatever the options say. */
  readonly cache?: boolean | CacheStrategy
}

type ReadOperation = OneRowOperation | 'findMany' | 'count' | 'aggregate'

/** Arguments of which none may be one too many. */
type Only<A, F> = { [K in keyof A]: K extends keyof F ? A[K] : never }

/** A query for one row: its relations are methods of its promise. `None` is `null` where there may be no row. */
type OneRow<M, A, O extends OneRowOperation, None> = Prisma.PrismaPromise<Prisma.Result<M, A, O>> &
  FluentForm<M, O, { readonly args: Prisma.Args<M, O>; readonly path: readonly []; readonly none: None }>

type Unique<O extends 'findUnique' | 'findUniqueOrThrow', None> = <
  M,
  F extends Prisma.Args<M, O> & CacheArgs,
  const A extends F,
>(
  this: M,
  args: Only<A, F>,
) => OneRow<M, A, O, None>

type First<O extends 'findFirst' | 'findFirstOrThrow', None> = <
  M,
  F extends Prisma.Args<M, O> & CacheArgs,
  const A extends F,
>(
  this: M,
  args?: Only<A, F>,
) => OneRow<M, A, O, None>

type WithArguments<O extends ReadOperation> = <M, F extends Prisma.Args<M, O> & CacheArgs, const A extends F>(
  this: M,
  args: Only<A, F>,
) => Prisma.PrismaPromise<Prisma.Result<M, A, O>>

type WithOptionalArguments<O extends ReadOperation> = <M, F extends Prisma.Args<M, O> & CacheArgs, const A extends F>(
  this: M,
  args?: Only<A, F>,
) => Prisma.PrismaPromise<Prisma.Result<M, A, O>>

/** The read operations of a model with `cache` among their arguments, and their own results. */
export interface CachedModel {
  findUnique: Unique<'findUnique', null>
  findUniqueOrThrow: Unique<'findUniqueOrThrow', never>
  findFirst: First<'findFirst', null>
  findFirstOrThrow: First<'findFirstOrThrow', never>
  findMany: WithOptionalArguments<'findMany'>
  count: WithOptionalArguments<'count'>
  aggregate: WithArguments<'aggregate'>
  groupBy: <M, A>(
    this: M,
    args: Prisma.Exact<A, Prisma.Args<M, 'groupBy'> & CacheArgs>,
  ) => Prisma.PrismaPromise<Prisma.Result<M, A, 'groupBy'>>
}
