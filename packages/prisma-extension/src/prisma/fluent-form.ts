import type { Prisma } from '@prisma/client/extension'

/** The queries for one row. */
export type OneRowOperation = 'findUnique' | 'findUniqueOrThrow' | 'findFirst' | 'findFirstOrThrow'

/** What a query may select. */
type SelectOf<Args> = Args extends { select?: infer S | null } ? NonNullable<S> : never

/** The arguments that a relation takes inside `select`. */
type ArgsOf<Args, K extends keyof SelectOf<Args>> = Exclude<SelectOf<Args>[K], boolean | null | undefined>

/** The names of what takes arguments inside `select`: relations. */
type RelationsOf<Args> = {
  [K in keyof SelectOf<Args>]-?: K extends '_count' ? never : [ArgsOf<Args, K>] extends [never] ? never : K
}[keyof SelectOf<Args>]

/** The arguments of a query that selects only what a path leads to. */
type AlongPath<Path, Last> = Path extends readonly [infer Head extends string, ...infer Rest]
  ? { readonly select: { readonly [K in Head]: Rest extends readonly [] ? Last : AlongPath<Rest, Last> } }
  : never

/** What stands at the end of a path. */
type AtPath<T, Path> = Path extends readonly [infer Head, ...infer Rest]
  ? Head extends keyof NonNullable<T>
    ? AtPath<NonNullable<T>[Head], Rest>
    : never
  : T

/** One step: what a path leads to, and the steps from there. */
type Step<M, O extends OneRowOperation, Args, Path extends readonly string[], Null> = <const A extends Args>(args?: {
  [K in keyof A]: K extends keyof Args ? A[K] : never
}) => Prisma.PrismaPromise<AtPath<Prisma.Result<M, AlongPath<Path, A>, O>, Path> | Null> &
  FluentForm<M, O, { readonly args: Args; readonly path: Path; readonly none: null }>

/** The relations of what a query for one row finds, as methods: `findUnique(…).posts()`. `none`: `null` where there may be no row. */
export type FluentForm<
  M,
  O extends OneRowOperation,
  From extends { readonly args: unknown; readonly path: readonly string[]; readonly none: unknown },
> = {
  readonly [K in RelationsOf<From['args']> & string]: Step<
    M,
    O,
    ArgsOf<From['args'], K & keyof SelectOf<From['args']>>,
    readonly [...From['path'], K],
    From['none']
  >
}
