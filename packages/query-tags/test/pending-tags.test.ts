import { describe, expect, it } from 'vitest'
import { PendingTags, StatementReader } from '../src/index.ts'
import type { Dialect } from '../src/index.ts'

/** Statements, and `+tag` for a change; answers what became due, in order. */
function run(steps: readonly string[], dialect: Dialect = 'postgres'): readonly string[] {
  const pending = new PendingTags()
  const reader = new StatementReader(dialect)
  const due: string[] = []
  for (const step of steps) {
    if (step.startsWith('+')) due.push(...pending.add(new Set([step.slice(1)])))
    else
      for (const statement of reader.read(step))
        if (statement.kind === 'transaction') due.push(...pending.follow(statement.step))
  }
  return due
}

describe('tags of changes that are not committed yet', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['+a'], ['a']],
    [['BEGIN', '+a'], []],
    [
      ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', '+a', 'COMMIT', '+b'],
      ['a', 'b'],
    ],
    [['BEGIN', '+a', 'ROLLBACK', '+b'], ['b']],
    [
      ['BEGIN', '+a', 'SAVEPOINT s', '+b', 'ROLLBACK TO SAVEPOINT s', '+c', 'COMMIT'],
      ['a', 'c'],
    ],
    [['BEGIN', '+a', 'SAVEPOINT s', '+b', 'RELEASE SAVEPOINT s', 'ROLLBACK'], []],
    [['BEGIN', 'SAVEPOINT s', '+b', 'RELEASE s', 'COMMIT'], ['b']],
    [['BEGIN', 'SAVEPOINT s', '+a', 'SAVEPOINT t', '+b', 'ROLLBACK TO s', 'COMMIT'], []],
    [['BEGIN', 'SAVEPOINT s', '+a', 'SAVEPOINT s', '+b', 'ROLLBACK TO "s"', 'COMMIT'], ['a']],
    [['BEGIN', '+a', 'ROLLBACK TO never_made', 'COMMIT'], ['a']],
    [['BEGIN', '+a', 'COMMIT AND CHAIN', '+b', 'ROLLBACK'], ['a']],
    [['BEGIN', '+a', 'END'], ['a']],
    [['BEGIN', '+a', "PREPARE TRANSACTION 'x'"], ['a']],
    [['BEGIN', '+a', 'BEGIN', 'ROLLBACK'], ['a']],
  ])('#40 %j leaves due %j', (steps, due) => {
    expect(run(steps)).toEqual(due)
  })

  it.each<[readonly string[], readonly string[]]>([
    [
      ['BEGIN', '+a', 'ALTER TABLE x ADD y int', '+b', 'ROLLBACK'],
      ['a', 'b'],
    ],
    [['BEGIN', '+a', 'CREATE TEMPORARY TABLE x (y int)', '+b', 'ROLLBACK'], []],
    [['BEGIN', '+a', 'CREATE OR REPLACE TEMPORARY TABLE x (y int)', 'ANALYZE SELECT 1', 'ROLLBACK'], []],
    [
      ['SET autocommit = 0', '+a', 'COMMIT', '+b', 'ROLLBACK', '+c', 'SET autocommit = 1', '+d'],
      ['a', 'c', 'd'],
    ],
  ])('in MySQL, where statements commit by themselves, %j leaves due %j', (steps, due) => {
    expect(run(steps, 'mysql')).toEqual(due)
  })

  it('#42 where nobody can tell whether a transaction is open, all is due at once, and again at the next step', () => {
    const pending = new PendingTags()
    const follow = (kind: 'begin' | 'rollback'): readonly string[] => [
      ...pending.follow(kind === 'begin' ? { kind } : { kind, chain: false }),
    ]
    const commit = (): readonly string[] => [...pending.follow({ kind: 'commit', chain: false })]
    follow('begin')
    pending.add(new Set(['e:x:id=11']))
    expect([...pending.doubt()]).toEqual(['e:x:id=11'])
    expect(pending.open).toBe(true)
    expect([...pending.add(new Set(['t:x']))]).toEqual(['t:x'])
    expect(commit()).toEqual(['c:x', 't:x'])
    expect([pending.open, commit()]).toEqual([false, []])
    pending.doubt()
    pending.add(new Set(['t:y']))
    expect([follow('rollback'), pending.open]).toEqual([[], false])
    pending.doubt()
    pending.add(new Set(['t:z']))
    expect(follow('begin')).toEqual(['t:z'])
    pending.add(new Set(['t:z']))
    expect(commit()).toEqual(['t:z'])
  })

  it('gives up what a lost connection may have committed', () => {
    const pending = new PendingTags()
    pending.follow({ kind: 'begin' })
    pending.add(new Set(['a']))
    expect([...pending.abandon()]).toEqual(['a'])
    expect(pending.open).toBe(false)
  })
})
