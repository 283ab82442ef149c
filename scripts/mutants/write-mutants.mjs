/** Guards of what is written through and behind; see mutants.mjs. */
const core = 'packages/core/src/'

export const writeMutants = [
  {
    name: 'a write-through tells nobody before the writer runs',
    caughtBy: 'packages/core/test/write-through.test.ts',
    file: `${core}patterns/write-through.ts`,
    find: '    try {\n      await announceKeys(parts, [key], policy)\n    } catch',
    replace: '    try {\n      await Promise.resolve()\n    } catch',
  },
  {
    name: 'a write-through that was overtaken leaves what is there',
    caughtBy: 'packages/core/test/write-through.test.ts',
    file: `${core}patterns/write-through.ts`,
    find: "  await invalidateKeys(parts, [key], { removal: 'delete', policy: request.policy })\n",
    replace: '',
  },
  {
    name: 'a writer that was given up is forgotten',
    caughtBy: 'packages/core/test/write-through.test.ts',
    file: `${core}patterns/write-through.ts`,
    find: '      void written.unfinished?.then(() => parts.background.own(leaveAbsent(parts, request)))\n',
    replace: '',
  },
  {
    name: 'what a writer answers may carry tags that moved while it ran',
    caughtBy: 'packages/core/test/write-through.test.ts',
    file: `${core}patterns/write-through.ts`,
    find: '      if (!fetched.unmoved) return false\n',
    replace: '',
  },
  {
    name: 'writes of one key do not wait for each other',
    caughtBy: 'packages/core/test/write-through.test.ts',
    file: `${core}drain/turns.ts`,
    find: 'before === undefined ? work() : wait(before).then(work)',
    replace: 'before === undefined || wait === undefined ? work() : work()',
  },
  {
    name: 'a write-behind leaves a running load its lease',
    caughtBy: 'packages/core/test/write-behind.test.ts',
    file: `${core}memory/memory-store.ts`,
    find: '    this.#leases.delete(key)\n    this.cover(key, frame)',
    replace: '    this.cover(key, frame)',
  },
  {
    name: 'a set hides a pending write-behind',
    caughtBy: 'packages/core/test/write-behind.test.ts',
    file: `${core}memory/memory-store.ts`,
    find: "    if (mode === 'set' && this.#isCoveredFrom(key, version)) return { kind: 'newer' }\n",
    replace: '    void this.#isCoveredFrom\n',
  },
  {
    name: 'a newer value is settled with the one before it',
    caughtBy: 'packages/core/test/write-behind.test.ts',
    file: `${core}memory/memory-queue.ts`,
    find: 'if (cover !== undefined && frameHead(cover)?.id !== write.opId) {',
    replace: 'if (cover === undefined && frameHead(new Uint8Array()) !== undefined) {',
  },
  {
    name: 'a partition has two owners',
    caughtBy: 'packages/testing/test/memory-conformance.test.ts',
    file: `${core}memory/memory-queue.ts`,
    find: "    if (owner !== undefined && owner.token !== claim.token) return { kind: 'held' }\n",
    replace: '',
  },
  {
    name: 'a dead letter is revived over a later write',
    caughtBy: 'packages/core/test/write-behind.test.ts',
    file: `${core}memory/memory-queue.ts`,
    find: 'if (!current || !this',
    replace: 'if (!this',
  },
  {
    name: 'writes are settled before they are made',
    caughtBy: 'packages/core/test/write-behind.test.ts',
    file: `${core}drain/partition-drain.ts`,
    find: '    const renewal = this.#renewWhile()\n',
    replace:
      '    const early = fetched.writes.map(({ ref, frame }) => ({ ref, opId: opIdOf(frame) }))\n    await queue.settle(name, this.#partition, { token: this.#token, writes: early })\n    const renewal = this.#renewWhile()\n',
  },
  {
    name: 'a process that stood still writes what is another one’s by now',
    caughtBy: 'packages/core/src/drain/partition-drain.test.ts',
    file: `${core}drain/partition-drain.ts`,
    find: 'if (this.#parts.clock.monotonic() >= this.#ownedUntil) {',
    replace: 'if (this.#parts.clock.monotonic() < -1) {',
  },
  {
    name: 'a look shows nothing where a write is pending',
    caughtBy: 'packages/core/test/write-behind.test.ts',
    file: `${core}patterns/reads.ts`,
    find: '      if (outcome !== undefined) outcomes[i] = outcome\n',
    replace: '      void [outcome, i]\n',
  },
  {
    name: 'a writer that was given up writes behind everybody’s back',
    caughtBy: 'packages/core/test/write-behind.test.ts',
    file: `${core}patterns/batch-writer.ts`,
    find: '    void result.unfinished?.then(() => how.afterwards(given))\n',
    replace: '',
  },
]
