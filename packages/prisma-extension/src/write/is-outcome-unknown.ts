/** Codes of requests that the database refused, so that nothing of their transaction was carried out. Others may come after a commit; P2010 stands for whatever failed in raw SQL. */
const REFUSED = /^P20(0\d|1[1-9]|2[0-35-7]|3[0-47])$/

/**
 * Whether the changes of a request that failed may have been committed all the same. `finished`: it was on its way to the commit when it failed; before
 * that, only an error of the connection leaves a doubt.
 */
export function isOutcomeUnknown(error: unknown, finished: boolean): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (typeof code === 'string' && /^P\d{4}$/.test(code)) return !REFUSED.test(code)
  return finished && !(error instanceof Error && error.name === 'PrismaClientValidationError')
}
