import type { Dice } from './dice.ts'
import type { World } from './world.ts'
import type { Writer } from './writer.ts'

/** What faults work on. */
export interface FaultScene {
  readonly world: World
  readonly writer: Writer
  readonly dice: Dice
}

/** Something that goes wrong, and its undoing. */
export interface Fault {
  readonly name: string
  /** What it needs for itself: `redis`, `node <i>`, `link <i>`. */
  readonly needs: readonly string[]
  /** Brings it about, holds it and undoes it; rejects only if it cannot be undone. `tell` completes the report. */
  run(tell: (detail: string) => void): Promise<void>
}

/** A kind of fault; which node it meets and for how long is drawn. */
export type FaultKind = (scene: FaultScene) => Fault

/** Waits. */
export function hold(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Long enough to matter now and then, seldom long. */
export function drawHold(dice: Dice, longestMs: number): number {
  return dice.chance(0.4) ? dice.between(100, 700) : dice.between(700, longestMs)
}
