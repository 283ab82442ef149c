/** Calls a user's listener. What it throws, at once or as a rejected promise, goes to `onError` and no further. */
export function callListener<E>(listener: (event: E) => unknown, event: E, onError: (error: unknown) => void): void {
  try {
    const answer = listener(event)
    if (answer instanceof Promise) answer.catch(onError)
  } catch (error) {
    onError(error)
  }
}
