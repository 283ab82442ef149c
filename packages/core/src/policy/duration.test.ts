import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Duration } from './duration.ts'
import { durationMs } from './duration.ts'

describe('durationMs', () => {
  test.each<[Duration, number]>([
    [1, 1],
    [250, 250],
    ['250ms', 250],
    ['5s', 5_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['30d', 2_592_000_000],
    [2 ** 31, 2 ** 31],
    ['forever', Infinity],
    [Infinity, Infinity],
    ['1.1s', 1_100],
  ])('reads %j as %d ms', (value, ms) => {
    expect(durationMs(value, 'ttl')).toBe(ms)
  })

  test('rounds to whole milliseconds, never down to nothing', () => {
    expect(durationMs(1.4, 'ttl')).toBe(1)
    expect(durationMs(0.001, 'ttl')).toBe(1)
    expect(durationMs('0.2ms', 'ttl')).toBe(1)
  })

  test.each([
    0,
    -0,
    -1,
    NaN,
    -Infinity,
    8.65e15,
    '',
    '5',
    '5 minutes',
    '5 m',
    ' 5m',
    '5m ',
    '5M',
    '5min',
    '-5m',
    '+5m',
    '1e3s',
    '.5s',
    '5.s',
    '0s',
    'Infinity',
    'Forever',
    '5m\n',
    '٥m',
    '99999999999999999d',
    `${'9'.repeat(400)}s`,
    null,
    undefined,
    true,
    5n,
    {},
    [],
    new Date(5),
    () => 5,
    Symbol('5m'),
  ])('refuses %o and names the option', (value) => {
    expect(() => durationMs(value as Duration, 'timeouts.hard')).toThrow(TypeError)
    expect(() => durationMs(value as Duration, 'timeouts.hard')).toThrow(
      /^timeouts\.hard must be a duration longer than 0/,
    )
  })

  test('shows what was received and what would be accepted', () => {
    expect(() => durationMs('5 minutes' as Duration, 'ttl')).toThrow(
      `ttl must be a duration longer than 0: milliseconds, a string such as '250ms', '5s', '5m', '1.5h' or '7d', or 'forever'; got "5 minutes"`,
    )
  })

  test('accepts 0 where 0 means something', () => {
    expect(durationMs(0, 'grace', { zero: true })).toBe(0)
    expect(durationMs('0s', 'grace', { zero: true })).toBe(0)
    expect(Object.is(durationMs(-0, 'grace', { zero: true }), 0)).toBe(true)
    expect(() => durationMs(-1, 'grace', { zero: true })).toThrow(/^grace must be a duration:/)
  })

  test('gives the same for every spelling of a duration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (n) => {
        expect(durationMs(`${n}d`, 'ttl')).toBe(durationMs(`${n * 24}h`, 'ttl'))
        expect(durationMs(`${n}h`, 'ttl')).toBe(durationMs(`${n * 60}m`, 'ttl'))
        expect(durationMs(`${n}m`, 'ttl')).toBe(durationMs(`${n * 60}s`, 'ttl'))
        expect(durationMs(`${n}s`, 'ttl')).toBe(durationMs(n * 1_000, 'ttl'))
      }),
    )
  })

  test('answers a whole positive number of milliseconds or throws a TypeError, whatever it gets', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.string()), (value) => {
        try {
          const ms = durationMs(value as Duration, 'ttl')
          expect(ms === Infinity || (Number.isInteger(ms) && ms >= 1 && ms <= 8.64e15)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      }),
    )
  })
})
