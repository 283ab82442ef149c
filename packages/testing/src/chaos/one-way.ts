import type { Socket } from 'node:net'
import type { Clock, Timer } from '@larder/core/contracts'
import type { Passage } from './passage.ts'

/** A chunk on its way, or the end of the stream. */
interface Parcel {
  readonly bytes: Buffer | 'end'
  readonly dueAt: number
}

/** One direction of a proxied connection. What its sender sent before it went away still arrives, however late. */
export class OneWay {
  readonly #to: Socket
  readonly #clock: Clock
  readonly #parcels: Parcel[] = []
  #passage: Passage = { kind: 'open' }
  #lossy = false
  #timer: Timer | undefined
  #pausing = false

  constructor(from: Socket, to: Socket, clock: Clock) {
    this.#to = to
    this.#clock = clock
    from.on('data', (bytes: Buffer) => this.#send(bytes))
    from.on('end', () => this.#send('end'))
    from.on('close', () => this.#send('end'))
    from.on('error', () => {})
  }

  /** Whether bytes were lost: the connection cannot go on. */
  get lossy(): boolean {
    return this.#lossy
  }

  set passage(passage: Passage) {
    this.#passage = passage
    this.#deliver()
  }

  /** Drops what is under way. */
  close(): void {
    this.#timer?.cancel()
    this.#parcels.length = 0
  }

  #send(bytes: Buffer | 'end'): void {
    const passage = this.#passage
    if (passage.kind === 'swallow') {
      this.#lossy = true
      return
    }
    this.#parcels.push({ bytes, dueAt: this.#clock.monotonic() + (passage.kind === 'delay' ? passage.ms : 0) })
    this.#deliver()
  }

  #deliver(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#passage.kind === 'hold' || this.#pausing) return
    const now = this.#clock.monotonic()
    for (let parcel = this.#parcels[0]; parcel !== undefined; parcel = this.#parcels[0]) {
      if (parcel.dueAt > now) {
        this.#timer = this.#clock.after(parcel.dueAt - now, () => this.#deliver())
        return
      }
      this.#parcels.shift()
      if (this.#passage.kind === 'slice' && parcel.bytes !== 'end')
        return this.#slice(parcel.bytes, this.#passage.bytes)
      this.#write(parcel.bytes)
    }
  }

  /** Writes one piece; the rest has its turn later, or the kernel would join them again. */
  #slice(bytes: Buffer, step: number): void {
    this.#write(bytes.subarray(0, step))
    if (bytes.length > step) this.#parcels.unshift({ bytes: bytes.subarray(step), dueAt: 0 })
    this.#pausing = true
    const goOn = (): void => {
      this.#pausing = false
      this.#deliver()
    }
    if (this.#clock.endOfTurn === undefined) this.#clock.after(0, goOn)
    else this.#clock.endOfTurn(goOn)
  }

  #write(bytes: Buffer | 'end'): void {
    if (!this.#to.writable) return
    if (bytes === 'end') this.#to.end()
    else this.#to.write(bytes)
  }
}
