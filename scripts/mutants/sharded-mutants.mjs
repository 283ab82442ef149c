/** Guards of values that are spread over several servers; see mutants.mjs. */
const core = 'packages/core/src/'

export const shardedMutants = [
  {
    name: 'what one list stored, another one finds',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/sharded-store.ts`,
    find: 'return `${key}~${token}`',
    replace: 'return `${key}~${token.slice(0, 0)}`',
  },
  {
    name: 'a value read by a list that is no longer in force is used',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/sharded-store.ts`,
    find: 'if (this.#placement.stands(namespace, token)) return answer',
    replace: 'return answer',
  },
  {
    name: 'values read by a list that is no longer in force are used',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/sharded-store.ts`,
    find: 'if (keys.every((key, index) => this.#placement.stands(namespaceOf(key), tokens[index] as string))) return found',
    replace: 'return found',
  },
  {
    name: 'a write in the new place stands for the removal there',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/written-as.ts`,
    find: 'if (!this.#tokens.has(key)) this.removed(key, token)',
    replace: 'this.removed(key, token)',
  },
  {
    name: 'nobody remembers what was written under the list in force',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/written-as.ts`,
    find: 'const token = this.#tokens.get(key)',
    replace: 'const token = this.#tokens.size < 0 ? this.#tokens.get(key) : undefined',
  },
  {
    name: 'what was removed in the name of another list is not removed again',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/sharded-journal.ts`,
    find: 'filter((key) => this.#writtenAs.take(key) !== token)',
    replace: 'filter((key) => this.#writtenAs.take(key) === key)',
  },
  {
    name: 'an invalidation is announced under a list that is no longer in force',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/sharded-journal.ts`,
    find: 'this.#placement.confirm(namespace, token))',
    replace: 'Promise.resolve())',
  },
  {
    name: 'values are judged under a list that is no longer in force',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/sharded-journal.ts`,
    find: 'this.#placement.confirmOwn(namespace))',
    replace: 'Promise.resolve())',
  },
  {
    name: 'nobody hears that the list has changed',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/sharded-journal.ts`,
    find: "if (record.kind === 'cache' && record.items.includes(LIST)) this.#placement.forget(namespace)",
    replace: 'void record',
  },
  {
    name: 'an answer from before a change of the list puts the old one back',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/placement.ts`,
    find: '      if (forgotten !== this.#forgotten) continue\n',
    replace: '      void forgotten\n',
  },
  {
    name: 'an older list comes into force again',
    caughtBy: 'packages/core/test/sharded.test.ts',
    file: `${core}sharded/placement.ts`,
    find: '      if (revision >= this.#revision) throw this.#refuse(namespace, revision)\n',
    replace: '',
  },
]
