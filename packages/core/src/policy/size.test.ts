import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Size } from './size.ts'
import { sizeBytes } from './size.ts'

describe('sizeBytes', () => {
  test.each<[Size, number]>([
    [1, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['512b', 512],
    ['1kb', 1_024],
    ['64mb', 67_108_864],
    ['1.5mb', 1_572_864],
    ['2gb', 2_147_483_648],
    ['0.3kb', 307],
  ])('reads %j as %d bytes', (value, bytes) => {
    expect(sizeBytes(value, 'maxBytes')).toBe(bytes)
  })

  test.each([
    0,
    -1,
    0.5,
    NaN,
    Infinity,
    2 ** 53,
    '',
    '0mb',
    '0.1b',
    '64',
    '64MB',
    '64 mb',
    '64mib',
    '-1kb',
    '1e3kb',
    '9007199254740992b',
    '99999999999gb',
    null,
    undefined,
    5n,
    {},
    [],
  ])('refuses %o and names the option', (value) => {
    expect(() => sizeBytes(value as Size, 'l1.maxBytes')).toThrow(TypeError)
    expect(() => sizeBytes(value as Size, 'l1.maxBytes')).toThrow(/^l1\.maxBytes must be a size/)
  })

  test('shows what was received', () => {
    expect(() => sizeBytes('64 MB' as Size, 'maxBytes')).toThrow(/got "64 MB"$/)
  })

  test('answers a positive safe integer or throws a TypeError, whatever it gets', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.string()), (value) => {
        try {
          const bytes = sizeBytes(value as Size, 'maxBytes')
          expect(Number.isSafeInteger(bytes) && bytes > 0).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      }),
    )
  })
})
