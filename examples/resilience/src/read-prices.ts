import type { Cache } from '@larder/core'

/** How reads went. */
export interface ReadReport {
  readonly reads: number
  readonly stale: number
  /** Errors by their codes. */
  readonly errors: ReadonlyMap<string, number>
  /** Milliseconds. */
  readonly median: number
  readonly longest: number
}

/** Readers at work at the same time. */
const READERS = 16

/** Reads prices for a while: half of them of products in demand, half of products that nobody has asked for before. */
export async function readPrices(prices: Cache<number>, label: string, ms: number): Promise<ReadReport> {
  const took: number[] = []
  const errors = new Map<string, number>()
  const staleBefore = prices.stats().staleServed
  const end = performance.now() + ms
  const reader = async (name: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      const product = i % 2 === 0 ? `in demand ${name % 4}` : `${label} ${name} ${i}`
      const began = performance.now()
      try {
        await prices.readThrough(product)
      } catch (error) {
        const code = (error as { code?: string }).code ?? String(error)
        errors.set(code, (errors.get(code) ?? 0) + 1)
        // A reader who is refused at once should not ask again at once.
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      took.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: READERS }, (_, name) => reader(name)))
  took.sort((a, b) => a - b)
  return {
    reads: took.length,
    stale: prices.stats().staleServed - staleBefore,
    errors,
    median: took[Math.floor(took.length / 2)] ?? 0,
    longest: took.at(-1) ?? 0,
  }
}
