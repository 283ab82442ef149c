import { AsyncLocalStorage } from 'node:async_hooks'

/** Where the answer of one query came from. */
export type AnswerInfo =
  { readonly kind: 'hit' | 'miss'; readonly key: string } | { readonly kind: 'bypass'; readonly why: string }

const notes = new AsyncLocalStorage<AnswerInfo[]>()

/** Runs `work`; tells beside its result where the answers of its queries came from, in the order in which they came. */
export async function withInfo<R>(
  work: () => PromiseLike<R>,
): Promise<{ readonly data: R; readonly info: readonly AnswerInfo[] }> {
  const info: AnswerInfo[] = []
  // Awaited inside: a Prisma promise begins when it is awaited.
  const data = await notes.run(info, async () => await work())
  return { data, info }
}

/** Adds to what is told, if somebody asked. */
export function noteAnswer(info: AnswerInfo): void {
  notes.getStore()?.push(info)
}
