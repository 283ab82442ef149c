/** Whether an answer is still to come. */
export function isPromise<R>(answer: R | Promise<R>): answer is Promise<R> {
  return typeof (answer as { readonly then?: unknown }).then === 'function'
}
