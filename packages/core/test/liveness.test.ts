import { FakeClock } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { InlineLiveness, ProvenLiveness } from '../src/journal/liveness.ts'

function proven(): { clock: FakeClock; liveness: ProvenLiveness; prove: () => void } {
  const clock = new FakeClock()
  const liveness = new ProvenLiveness(clock, 2_000)
  return { clock, liveness, prove: () => liveness.prove({ wall: clock.now(), mono: clock.monotonic() }) }
}

describe('a node over a remote journal', () => {
  test('is blind before its first proof', () => {
    expect(proven().liveness.now()).toBe(Infinity)
  })

  test('is live for one heartbeat after the sending of the proof, without any timer', async () => {
    const { clock, liveness, prove } = proven()
    prove()
    await clock.advance(1_999)
    expect(liveness.now()).toBe(clock.monotonic())
    await clock.advance(1)
    expect(liveness.live()).toBe(false)
    prove()
    expect(liveness.live()).toBe(true)
  })

  test('is blind at once when in doubt, even within the millisecond it was asked', () => {
    const { liveness, prove } = proven()
    prove()
    expect(liveness.live()).toBe(true)
    liveness.doubt()
    expect(liveness.live()).toBe(false)
  })

  test.each([600, -600])('is blind after the wall clock jumped by %i ms: the machine may have slept', (jump) => {
    const { clock, liveness, prove } = proven()
    prove()
    clock.jumpWall(jump)
    expect(liveness.live()).toBe(false)
    prove()
    expect(liveness.live()).toBe(true)
  })
})

describe('a node over an inline journal', () => {
  test('stays live however long it is paused', async () => {
    const clock = new FakeClock()
    const liveness = new InlineLiveness(clock)
    expect(liveness.now()).toBe(Infinity)
    liveness.prove()
    await clock.advance(3_600_000)
    expect(liveness.now()).toBe(clock.monotonic())
    liveness.doubt()
    expect(liveness.live()).toBe(false)
  })

  test('never carries a reading of the clock over to the next turn', async () => {
    const liveness = new InlineLiveness(systemClock)
    liveness.prove()
    for (let hit = 0; hit < 100; hit++) liveness.now()
    const before = liveness.now()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(liveness.now()).toBeGreaterThan(before + 3)
  })
})
