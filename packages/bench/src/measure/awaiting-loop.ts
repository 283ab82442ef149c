import { compileFunction } from 'node:vm'

/** What is read: any object with a number in it, so that no read can be left out as unused. */
export interface Row {
  readonly id: number
  readonly name: string
}

/** Reads one key. */
export type Read = (key: string) => Promise<Row>

/**
 * A loop that awaits one read after the other, walking through the keys. Each call compiles a loop of its own: with one loop for all
 * contenders, what the engine learned of one would slow down the others.
 */
export function awaitingLoop(read: Read, keys: readonly string[]): (reads: number) => Promise<unknown> {
  const source = `// ${loops++}
    return async function loop(reads) {
      let sum = 0
      for (let i = 0, at = 0; i < reads; i++) {
        sum += (await read(keys[at])).id
        if (++at === keys.length) at = 0
      }
      return sum
    }`
  const make = compileFunction(source, ['read', 'keys']) as (
    read: Read,
    keys: readonly string[],
  ) => (reads: number) => Promise<number>
  return make(read, keys)
}

let loops = 0
