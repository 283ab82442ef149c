/** Guards of sealed values, of names and of proven records; see mutants.mjs. */
const core = 'packages/core/src/'
const crypto = 'packages/crypto/src/'

export const sealMutants = [
  {
    name: 'a value that is not sealed is used where a sealer is set',
    caughtBy: 'packages/core/test/sealing.test.ts',
    file: `${core}entry/packing.ts`,
    find: "    if (!entry.sealed) return this.#refuse(key, 'unsealed')\n",
    replace: '    if (!entry.sealed) return entry\n',
  },
  {
    name: 'a seal does not hold the key',
    caughtBy: 'packages/core/test/sealing.test.ts',
    file: `${core}entry/packing.ts`,
    find: 'field(encodeKey(key)), head]',
    replace: 'head]',
  },
  {
    name: 'a seal does not hold namespace and cache',
    caughtBy: 'packages/crypto/test/golden.test.ts',
    file: `${core}entry/packing.ts`,
    find: '[this.#place, field',
    replace: '[field',
  },
  {
    name: 'a seal does not hold the head of the frame',
    caughtBy: 'packages/core/test/sealing.test.ts',
    file: `${core}entry/packing.ts`,
    find: 'field(encodeKey(key)), head]',
    replace: 'field(encodeKey(key)), head.subarray(0, 0)]',
  },
  {
    name: 'the store prolongs a sealed value',
    caughtBy: 'packages/core/test/sealing.test.ts',
    file: `${core}edit.ts`,
    find: 'const edited = parts.packing.seals',
    replace: 'const edited = !parts.packing',
  },
  {
    name: 'tags that no naming gave are acted upon',
    caughtBy: 'packages/core/test/sealing.test.ts',
    file: `${core}node.ts`,
    find: '        if (!record.items.every((tag) => this.#parts.recognizes(tag))) return this.#distrust(record)\n',
    replace: '',
  },
  {
    name: 'keys that no naming gave are acted upon',
    caughtBy: 'packages/core/test/sealing.test.ts',
    file: `${core}node.ts`,
    find: '      if (!this.#parts.recognizes(parsed.key)) return this.#distrust(record)\n',
    replace: '',
  },
  {
    name: 'the commitment to a key is not checked',
    caughtBy: 'packages/crypto/src/aes-gcm.test.ts',
    file: `${crypto}aes-gcm.ts`,
    find: "  if (!timingSafeEqual(commitment, bytes.subarray(commitmentAt, headEnd))) return refused('unauthentic')\n",
    replace: '  void timingSafeEqual\n  void commitment\n  void headEnd\n',
  },
  {
    name: 'a seal does not hold its binding',
    caughtBy: 'packages/crypto/src/aes-gcm.test.ts',
    file: `${crypto}aes-gcm.ts`,
    find: '  associated.set(binding, headEnd)\n',
    replace: '  associated.fill(0, headEnd)\n',
    andAlso: { find: 'associated: bytes })', replace: 'associated: bytes.subarray(0, headEnd) })' },
  },
  {
    name: 'a forged record in the journal is passed over',
    caughtBy: 'packages/crypto/test/authenticated.test.ts',
    file: `${crypto}proven-journal.ts`,
    find: "      if (proven === undefined) return { kind: 'reset', head: reply.head, firstId: reply.head.id }\n",
    replace: '      if (proven === undefined) continue\n',
  },
  {
    name: 'a true record is heard again under another id',
    caughtBy: 'packages/crypto/test/authenticated.test.ts',
    file: `${crypto}proven-journal.ts`,
    find: ' && !seen.isReplay(proven.nonce, proven.id)',
    replace: '',
  },
]
