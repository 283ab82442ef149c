import type { Prisma } from '@prisma/client/extension'
import type { CacheStrategy } from '../read/cache-context.ts'

/** What a read operation takes beside its own arguments. */
export interface CacheArgs {
  /** `true`: cached as the options say; an object: with these; `false`: not, whatever the options say. */
  readonly cache?: boolean | CacheStrategy
}

type ReadOperation =
  'findUnique' | 'findUniqueOrThrow' | 'findFirst' | 'findFirstOrThrow' | 'findMany' | 'count' | 'aggregate'

/** Arguments of which none may be one too many. */
type Only<A, F> = { [K in keyof A]: K extends keyof F ? A[K] : never }

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
  findUnique: WithArguments<'findUnique'>
  findUniqueOrThrow: WithArguments<'findUniqueOrThrow'>
  findFirst: WithOptionalArguments<'findFirst'>
  findFirstOrThrow: WithOptionalArguments<'findFirstOrThrow'>
  findMany: WithOptionalArguments<'findMany'>
  count: WithOptionalArguments<'count'>
  aggregate: WithArguments<'aggregate'>
  groupBy: <M, A>(
    this: M,
    args: Prisma.Exact<A, Prisma.Args<M, 'groupBy'> & CacheArgs>,
  ) => Prisma.PrismaPromise<Prisma.Result<M, A, 'groupBy'>>
}
