/** Who waits for which signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once `signal` aborts, in the turn in which it does; the answer ends that. A signal that has aborted already calls nobody.
 * However many wait for a signal, it has one listener of ours: Node.js warns of a leak at the eleventh, and a request's signal may well
 * accompany a hundred reads.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = waiting.get(signal)
  if (listeners === undefined) waiting.set(signal, (listeners = follow(signal)))
  // A function of its own for each call: two may wait with the same one.
  const own = (): void => listener()
  listeners.add(own)
  return () => listeners.delete(own)
}

function follow(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
    listeners.clear()
  }
  signal.addEventListener('abort', tell, { once: true })
  return listeners
}

/**
 * Waits for `work`, unless `signal` aborts first: then this rejects with its reason, the work goes on, and `left` takes charge of it. With
 * a signal that has aborted already, the work is not begun.
 */
export function waitFor<R>(
  work: () => Promise<R>,
  signal: AbortSignal | undefined,
  left: (work: Promise<R>) => void,
): Promise<R> {
  if (signal === undefined) return work()
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  return new Promise((resolve, reject) => {
    const begun = work()
    const stay = onAbort(signal, () => {
      reject(signal.reason as Error)
      left(begun)
    })
    begun.then(resolve, reject).finally(stay)
  })
}
