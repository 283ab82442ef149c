import type { Read } from '../measure/awaiting-loop.ts'

/**
 * As many callers as `callers` says, at the same time: each awaits one read after the other. No two of them read the same key at once, so
 * that none can share another's read.
 */
export function callerLoops(read: Read, keys: readonly string[], callers: number): (reads: number) => Promise<unknown> {
  const apart = Math.floor(keys.length / callers)
  const call = async (first: number, reads: number): Promise<number> => {
    let sum = 0
    for (let i = 0, at = first; i < reads; i++) {
      sum += (await read(keys[at] as string)).id
      if (++at === keys.length) at = 0
    }
    return sum
  }
  return (reads) =>
    Promise.all(Array.from({ length: callers }, (_, caller) => call(caller * apart, Math.ceil(reads / callers))))
}
