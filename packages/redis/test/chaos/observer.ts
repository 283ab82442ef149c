import { jsonCodec } from '@larder/core'
import { FRAME } from '@larder/core/contracts'
import { LIMITS } from './limits.ts'
import { monotonic } from './monotonic.ts'
import { CACHES, SUBJECTS } from './subjects.ts'
import type { Cargo } from './subjects.ts'
import type { World } from './world.ts'

const PERIOD_MS = 150
const { namespace } = LIMITS

const VALUES = SUBJECTS.map(({ cache, key }) => `${namespace}:{${cache}:${key}}`)
const MARKS = [
  ...CACHES.map((cache) => `@${cache}`),
  ...['everyone', 'team-0', 'team-1', 'late-0', 'late-1', 'late-2'].map((tag) => `#${tag}`),
]
const MARK_KEYS = MARKS.map((mark) => `{${namespace}}:mark:${mark}`)

/** Looks at what the server holds, all keys and marks in one step, or marks first, again and again; notes the entries that any reader would take for valid. */
export class Observer {
  readonly #world: World
  #over = false
  #running: Promise<void> = Promise.resolve()
  /** Looks that were answered. */
  looks = 0

  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    this.#running = this.#loop()
  }

  async stop(): Promise<void> {
    this.#over = true
    await this.#running
  }

  async #loop(): Promise<void> {
    while (!this.#over) {
      await this.look().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS))
    }
  }

  /** One look; rejects if the server does not answer. */
  async look(): Promise<void> {
    const at = monotonic()
    const { values, marks } = await this.#world.stage.look(VALUES, MARK_KEYS)
    this.looks++
    const present = new Map(MARKS.map((name, i) => [name, marks[i]?.toString()]))
    values.forEach((frame, subject) => {
      const cargo = frame === null ? undefined : validCargo(frame, present)
      if (cargo !== undefined) this.#world.history.sighted({ at, subject, v: cargo.v, n: cargo.n })
    })
  }
}

/** What a frame carries, unless it is flagged expired or one of its marks has moved. */
function validCargo(frame: Buffer, present: ReadonlyMap<string, string | undefined>): Cargo | undefined {
  if (((frame[FRAME.offset.flags] as number) & FRAME.flag.expired) !== 0) return undefined
  let at: number = FRAME.offset.marks
  for (let left = frame.readUInt16BE(FRAME.offset.markCount); left > 0; left--) {
    const [nameBytes, markBytes] = [frame.readUInt16BE(at), frame.readUInt8(at + 2)]
    const name = frame.toString('utf8', at + 3, at + 3 + nameBytes)
    at += 3 + nameBytes + markBytes
    if (present.get(name) !== frame.toString('latin1', at - markBytes, at)) return undefined
  }
  return jsonCodec.decode(frame.subarray(at)) as Cargo
}
