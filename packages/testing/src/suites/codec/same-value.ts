import assert from 'node:assert/strict'

/**
 * Asserts that a decoded value is the one that was encoded. Of an error, class, name and message count; its stack does
 * not.
 */
export function sameValue(actual: unknown, expected: unknown): void {
  if (expected instanceof Error) {
    assert.ok(actual instanceof Error, 'it is no Error any more')
    assert.equal(Object.getPrototypeOf(actual), Object.getPrototypeOf(expected))
    assert.deepEqual({ name: actual.name, message: actual.message }, { name: expected.name, message: expected.message })
  } else if (Array.isArray(expected) && expected.some((item) => item instanceof Error)) {
    assert.ok(Array.isArray(actual))
    assert.equal(actual.length, expected.length)
    for (const [i, item] of expected.entries()) sameValue(actual[i], item)
  } else if (expected instanceof Date) {
    // deepEqual of Node 20 takes two invalid dates for different.
    assert.ok(actual instanceof Date, 'it is no Date any more')
    assert.equal(actual.getTime(), expected.getTime())
  } else {
    assert.deepEqual(actual, expected)
  }
}
