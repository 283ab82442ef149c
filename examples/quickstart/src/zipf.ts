/**
 * Ranks as popularity deals them out: rank 1 comes up twice as often as rank 2, a hundred times as often as rank 100 (Zipf's
 * law with exponent 1). Answers ranks from 0 to `count - 1`; `fraction` gives numbers in [0, 1).
 */
export function zipf(count: number, fraction: () => number): () => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += 1 / (rank + 1)
  return () => firstAbove(sums, fraction() * sum)
}

/** Index of the first of the growing numbers that is above `value`. */
function firstAbove(numbers: Float64Array, value: number): number {
  let low = 0
  let high = numbers.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] as number) > value) high = middle
    else low = middle + 1
  }
  return low
}
