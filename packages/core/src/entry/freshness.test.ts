import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freshness } from './freshness.ts'

describe('freshness', () => {
  const times = { softAt: 1_000, hardAt: 2_000 }

  test.each([
    [0, 'fresh'],
    [999, 'fresh'],
    [1_000, 'stale'],
    [1_999, 'stale'],
    [2_000, 'expired'],
    [1e15, 'expired'],
  ])('at %d ms an entry with a ttl of 1 s and a grace of 1 s is %s', (now, expected) => {
    expect(freshness(times, now)).toBe(expected)
  })

  test('an entry without grace is never stale', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (at, now) => {
        expect(freshness({ softAt: at, hardAt: at }, now)).toBe(now < at ? 'fresh' : 'expired')
      }),
    )
  })

  test('an entry that lives forever is fresh forever', () => {
    fc.assert(
      fc.property(fc.integer(), (now) => {
        expect(freshness({ softAt: Infinity, hardAt: Infinity }, now)).toBe('fresh')
      }),
    )
  })

  test('the hard expiry wins over a later soft one', () => {
    expect(freshness({ softAt: 5_000, hardAt: 2_000 }, 3_000)).toBe('expired')
  })
})
