import { sealMutants } from './seal-mutants.mjs'

/**
 * The guards of the freshness protocol, each with an edit that takes it away. `docs/adr` and the model check tell what each is for; the tests
 * must fail without it. `find` has to stand in the file exactly once.
 */
const core = 'packages/core/src/'

export const mutants = [
  {
    name: 'no second taint when an invalidation completes',
    file: `${core}invalidate.ts`,
    find: '    // A read that began while the calls above were under way may have brought the old value back.\n    forget()',
    replace: '',
  },
  {
    name: 'no second taint when a set completes',
    file: `${core}write.ts`,
    find: '  } finally {\n    forget()\n  }',
    replace: '  } finally {\n    //\n  }',
  },
  {
    name: 'a tainted flight is joined',
    file: `${core}flight/flights.ts`,
    find: ' || flight.tainted || ',
    replace: ' || ',
  },
  {
    name: 'a tainted flight writes L1',
    file: `${core}look.ts`,
    find: 'if (flight.tainted || ',
    replace: 'if (',
  },
  {
    name: 'a displaced flight is not tainted',
    file: `${core}flight/flights.ts`,
    find: '    if (displaced !== undefined) displaced.tainted = true\n',
    replace: '    void displaced\n',
  },
  {
    name: 'a flight leaves the map unasked whose it is',
    file: `${core}flight/flights.ts`,
    find: 'if (this.#flying.get(flight.key) === flight) this.#flying.delete(flight.key)',
    replace: 'this.#flying.delete(flight.key)',
  },
  {
    name: 'a fresh read joins a flight',
    file: `${core}read.ts`,
    find: 'policy.fresh ? undefined : how.flights.find(key, lenient)',
    replace: 'how.flights.find(key, lenient)',
  },
  {
    name: 'fetched marks are adopted whatever happened meanwhile',
    file: `${core}marks/local-marks.ts`,
    find: '    if (fetched.epoch !== this.epoch || compareIds(fetched.head.id, fetched.cursor.id) < 0) return\n',
    replace: '',
  },
  {
    name: 'fetched marks are adopted after an own invalidation',
    file: `${core}marks/local-marks.ts`,
    find: 'fetched.epoch !== this.epoch || ',
    replace: '',
  },
  {
    name: 'own invalidations do not forget the copies of marks',
    file: `${core}marks/local-marks.ts`,
    find: '    for (const name of names) this.#copies.delete(name)\n    this.epoch++\n    this.generation++',
    replace: '    void names',
  },
  {
    name: 'a local copy rejects an entry',
    file: `${core}look.ts`,
    find: '!parts.node.liveness.live() || !parts.node.marks.accepts(entry.marks)',
    replace: '(valid = parts.node.marks.accepts(entry.marks), false)',
  },
  {
    name: 'a blind node judges by its local copies',
    file: `${core}look.ts`,
    find: '!parts.node.liveness.live() || !parts.node.marks.accepts',
    replace: '!parts.node.marks.accepts',
  },
  {
    name: 'no mark check',
    file: `${core}look.ts`,
    find: 'valid = marks.every(([, mark], index) => fetched.marks[index] === mark)',
    replace: 'valid = fetched.marks.length >= 0',
  },
  {
    name: 'a missing mark is valid',
    file: `${core}look.ts`,
    find: 'fetched.marks[index] === mark)',
    replace: 'fetched.marks[index] === undefined || fetched.marks[index] === mark)',
  },
  {
    name: 'L1 does not look at marks',
    file: `${core}look.ts`,
    find: '  if (!marks.accepts(item.entry.marks)) return false\n',
    replace: '',
  },
  {
    name: 'a moved mark does not reach the local copy',
    file: `${core}node.ts`,
    find: '        for (const tag of record.items) this.marks.move(tagMark(tag), record)\n',
    replace: '',
  },
  {
    name: 'the cursor is an id without its nonce',
    file: `${core}memory/record-list.ts`,
    find: 'found?.id === ref.id && found.nonce === ref.nonce ? low',
    replace: 'found?.id === ref.id ? low',
  },
  {
    name: 'the gap check is gone',
    file: `${core}journal/journal-tail.ts`,
    find: 'if (cursor !== undefined && record.prev !== undefined && same(record.prev, cursor)) return this.#apply(record)',
    replace: 'if (cursor !== undefined && !same(record, cursor)) return this.#apply(record)',
  },
  {
    name: 'the heartbeat does not compare the journal',
    file: `${core}journal/journal-tail.ts`,
    find: '        void this.sync()\n        this.#beat()',
    replace:
      '        this.#liveness.prove({ wall: this.#clock.now(), mono: this.#clock.monotonic() })\n        this.#beat()',
  },
  {
    name: 'liveness is a flag',
    file: `${core}journal/liveness.ts`,
    find: 'const live = mono - this.#provenAt < this.#heartbeatMs && Math.abs(wall - mono - this.#offset) < CLOCK_JUMP_MS',
    replace: 'const live = this.#provenAt > -Infinity && Math.abs(wall - mono - this.#offset) < Infinity',
  },
  {
    name: 'a jump of the clocks is not noticed',
    file: `${core}journal/liveness.ts`,
    find: 'Math.abs(wall - mono - this.#offset) < CLOCK_JUMP_MS',
    replace: 'Math.abs(wall - mono - this.#offset) < Infinity',
  },
  {
    name: 'liveness is proven from the arrival of the answer',
    file: `${core}journal/journal-tail.ts`,
    find: 'this.#liveness.prove(sentAt)',
    replace: 'this.#liveness.prove({ wall: this.#clock.now(), mono: this.#clock.monotonic() })',
  },
  {
    name: 'a reset does not taint flights',
    file: `${core}node.ts`,
    find: 'for (const near of this.#nears.values()) near.clear()\n    this.marks.clear()',
    replace:
      'for (const near of this.#nears.values()) (near as unknown as { l1: { clear(): void } }).l1.clear()\n    this.marks.clear()',
  },
  {
    name: 'a reset keeps L1',
    file: `${core}node.ts`,
    find: 'for (const near of this.#nears.values()) near.clear()\n    this.marks.clear()',
    replace: 'for (const near of this.#nears.values()) near.taintAll()\n    this.marks.clear()',
  },
  {
    name: 'what a failover lost is not repeated',
    file: `${core}journal/journal-tail.ts`,
    find: 'if (lost.length > 0) await this.#handlers.reissue(lost)',
    replace: 'void lost',
  },
  {
    name: 'a fill does not ask for the lease',
    file: `${core}memory/memory-store.ts`,
    find: '    if (this.#leases.get(key)?.token !== request.token) return false\n',
    replace: '',
  },
  {
    name: 'a delete leaves the lease',
    file: `${core}memory/memory-store.ts`,
    find: 'if (token === undefined || unordered) this.#leases.delete(key)',
    replace: 'if (token === undefined || unordered) void 0',
  },
  {
    name: 'an increment leaves the lease',
    file: `${core}memory/memory-store.ts`,
    find: '      // A load that began before would write the content from before.\n      this.#leases.delete(key)',
    replace: '',
  },
  {
    name: 'the late-tag guard is gone',
    file: `${core}fill.ts`,
    find: 'return unmoved ? [...licence.marks',
    replace: 'return unmoved || true ? [...licence.marks',
  },
  {
    name: 'a lease that fills nothing is not freed',
    file: `${core}l2/lease.ts`,
    find: '    await this.#far.release(this.#key, this.token, this.#timeoutMs).catch(() => {})\n',
    replace: '',
  },
  {
    name: 'a lease is not renewed',
    file: `${core}l2/lease.ts`,
    find: '    if (held && !this.#spent) this.#renewLater()\n',
    replace: '    void held\n',
  },
  {
    name: 'the journal is written before the value slot',
    file: `${core}invalidate.ts`,
    find: '  const dropped = await settleAll(',
    replace: '  await announceKeys(parts, keys, policy)\n  const dropped = await settleAll(',
    andAlso: {
      find: '  await announceKeys(parts, keys, policy)\n  return dropped',
      replace: '  return dropped',
    },
  },
  {
    name: 'the journal is written while the value slot is under way',
    file: `${core}invalidate.ts`,
    find: '  const dropped = await settleAll(',
    replace: '  const announced = announceKeys(parts, keys, policy)\n  const dropped = await settleAll(',
    andAlso: {
      find: '  await announceKeys(parts, keys, policy)\n  return dropped',
      replace: '  await announced\n  return dropped',
    },
  },
  {
    name: 'a set tells nobody',
    file: `${core}write.ts`,
    find: '  await announceKeys(parts, keys, policy)\n  return new Map',
    replace: '  return new Map',
  },
  {
    name: 'an expired entry is answered',
    file: `${core}look.ts`,
    find: '  if (entry.expired) return show(parts, { key, entry, state, valid: false }, policy)\n',
    replace: '',
  },
  {
    name: 'touch revives an expired entry',
    file: `${core}memory/memory-store.ts`,
    find: "if (!isUnexpired(entry) || entry.head.id !== request.expectId) return 'changed'",
    replace: "if (entry?.head === undefined || entry.head.id !== request.expectId) return 'changed'",
  },
  {
    name: 'an older version replaces a newer one',
    file: `${core}memory/memory-store.ts`,
    find: "if (version !== UNVERSIONED && version < this.#highestVersion(key)) return { kind: 'newer' }",
    replace: '',
  },
  {
    name: 'L2 is trusted while invalidations wait',
    file: `${core}look.ts`,
    find: "  if (parts.node.pending.open) return Promise.resolve({ kind: 'down', error: untrusted() })\n",
    replace: '',
    andAlso: {
      find: "  if (parts.node.pending.open) return { kind: 'down', error: untrusted() }\n  const { entry }",
      replace: '  const { entry }',
    },
  },
  {
    name: 'lock: its time counts from the answer',
    file: `${core}locks/held-lock.ts`,
    find: 'this.#validUntil = parts.askedAt + validMs(parts.ttlMs)',
    replace: 'this.#validUntil = parts.clock.monotonic() + validMs(parts.ttlMs)',
  },
  {
    name: 'lock: the time of an extension counts from the answer',
    file: `${core}locks/held-lock.ts`,
    find: 'Math.max(this.#validUntil, askedAt + validMs(ttlMs))',
    replace: 'Math.max(this.#validUntil, clock.monotonic() + validMs(ttlMs) + 0 * askedAt)',
  },
  {
    name: 'lock: no margin for clocks that drift',
    file: `${core}locks/held-lock.ts`,
    find: 'return ttlMs - ttlMs / 100 - Math.min(2, ttlMs / 10)',
    replace: 'return ttlMs',
  },
  {
    name: 'lock: the signal is a flag that a timer sets',
    file: `${core}locks/held-lock.ts`,
    find: 'checkingController(() => this.#check())',
    replace: 'checkingController(() => {})',
  },
  {
    name: 'lock: a lost lock is found again',
    file: `${core}locks/held-lock.ts`,
    find: "    if (this.#state !== 'held') return\n    if (extended)",
    replace: "    if (this.#state === 'lost' && extended) this.#state = 'held'\n    if (extended)",
  },
  {
    name: 'lock: a grant is handed out however late it comes',
    file: `${core}locks/lock-keeper.ts`,
    find: 'if (!lock.held) {',
    replace: 'if (Number.isNaN(askedAt)) {',
  },
  {
    name: 'lock: an acquisition of unknown outcome is not given back',
    file: `${core}locks/lock-keeper.ts`,
    find: '      this.#giveBack(asked, target, token)\n      throw error',
    replace: '      throw error',
  },
  {
    name: 'lock: a refused extension is taken for a failed one',
    file: `${core}locks/held-lock.ts`,
    find: "      this.#lose(this.#lost('somebody took it away, or the server lost it'))",
    replace: '',
  },
  {
    name: 'lock: an extension shortens',
    file: `${core}memory/memory-locks.ts`,
    find: 'Math.max(ttlMs, this.#holders.remaining(key))',
    replace: 'ttlMs',
  },
  {
    name: 'lock: a release asks for no token',
    file: `${core}memory/memory-locks.ts`,
    find: '    if (this.#holders.get(key) !== token) return false\n    this.#holders.delete(key)',
    replace: '    if (token === "") return false\n    this.#holders.delete(key)',
  },
  {
    name: 'lock: an extension asks for no token',
    file: `${core}memory/memory-locks.ts`,
    find: '    if (this.#holders.get(key) !== token) return false\n    this.#holders.set',
    replace: '    if (token === "") return false\n    this.#holders.set',
  },
  {
    name: 'lock: fencing tokens stand still',
    file: `${core}memory/memory-locks.ts`,
    find: '* TOKENS_PER_MS) + 1',
    replace: '* TOKENS_PER_MS)',
  },
  {
    name: 'lock: those who wait go in any order',
    file: `${core}locks/turns.ts`,
    find: 'if (others.size === 1) go()',
    replace: 'go()',
  },
  ...sealMutants,
]
