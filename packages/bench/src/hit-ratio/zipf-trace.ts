import { SeededRandom } from '@larder/testing'
import type { Trace } from './read-trace.ts'

/** Requests for keys by Zipf's law with exponent 1, and a share of keys that are asked for only once. */
export function zipfTrace(how: {
  readonly requests: number
  readonly keys: number
  readonly once: number
  readonly seed: number
}): Trace {
  const { requests, keys, once, seed } = how
  const random = new SeededRandom(seed)
  const cumulative: number[] = []
  let sum = 0
  for (let rank = 1; rank <= keys; rank++) cumulative.push((sum += 1 / rank))
  const draw = (): number => {
    const at = random.fraction() * sum
    let low = 0
    let high = keys - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((cumulative[middle] as number) < at) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    name: `zipf 1.0, ${keys} keys, ${once * 100}% asked for once`,
    keys: Array.from({ length: requests }, (_, index) => (random.fraction() < once ? `once ${index}` : String(draw()))),
  }
}
