import assert from 'node:assert/strict'

/** Asserts that two byte arrays hold the same, whatever their class. */
export function sameBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(actual, `expected ${expected.length} bytes, got nothing`)
  assert.equal(actual.length, expected.length, 'another number of bytes')
  const different = expected.findIndex((byte, i) => actual[i] !== byte)
  assert.equal(different, -1, `the bytes differ at offset ${different}`)
}
