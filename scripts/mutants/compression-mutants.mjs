/** Guards of compressed values; see mutants.mjs. */
const core = 'packages/core/src/'

export const compressionMutants = [
  {
    name: 'a value is decompressed however large it says it is',
    caughtBy: 'packages/core/src/entry/compressed-payload.test.ts',
    file: `${core}entry/compressed-payload.ts`,
    find: 'length > most || ',
    replace: '',
  },
  {
    name: 'a value is decompressed however little it was compressed into',
    caughtBy: 'packages/core/src/entry/compressed-payload.test.ts',
    file: `${core}entry/compressed-payload.ts`,
    find: ' || length > mostFrom(body.length)) return TOO_LARGE',
    replace: ') return TOO_LARGE',
  },
  {
    name: 'the checksum of a decompressed value is not compared',
    caughtBy: 'packages/core/src/entry/compressed-payload.test.ts',
    file: `${core}entry/compressed-payload.ts`,
    find: ' && crc32(payload) === checksum',
    replace: ' && checksum >= 0',
  },
  {
    name: 'a value is decompressed further than it said',
    caughtBy: 'packages/core/src/entry/compressed-payload.test.ts',
    file: `${core}compression/zlib-compressor.ts`,
    find: ', maxOutputLength: length }',
    replace: ' }',
  },
  {
    name: 'what readers would refuse is compressed',
    caughtBy: 'packages/core/src/entry/compressed-payload.test.ts',
    file: `${core}entry/compressed-payload.ts`,
    find: ' || payload.length > mostFrom(body.length)) return entry',
    replace: ') return entry',
  },
  {
    name: 'values are compressed before they are sealed, unasked',
    caughtBy: 'packages/core/test/compression.test.ts',
    file: `${core}entry/packing.ts`,
    find: '    if (this.#sealer !== undefined && !compression.withEncryption) return entry\n',
    replace: '',
  },
  {
    name: 'a seal does not hold how its value was compressed',
    caughtBy: 'packages/crypto/test/sealed-cache.test.ts',
    file: `${core}entry/packing.ts`,
    find: 'sealed: true, expired: false, payload: NOTHING })',
    replace: 'sealed: true, expired: false, compression: 0, payload: NOTHING })',
  },
  {
    name: 'what waits for its writer is compressed',
    caughtBy: 'packages/core/test/compression.test.ts',
    file: `${core}patterns/write-behind.ts`,
    find: 'storeTimeoutMs: policy.storeTimeoutMs, compression: undefined }',
    replace: 'storeTimeoutMs: policy.storeTimeoutMs, compression: policy.compression }',
  },
]
