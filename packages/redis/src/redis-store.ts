import { FRAME } from '@larder/core/contracts'
import type {
  Clock,
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Frame,
  Store,
  StoreManifest,
  Take,
  TakeRequest,
} from '@larder/core/contracts'
import { Gather } from './gather.ts'
import { milliseconds, timeLimit } from './milliseconds.ts'
import type { RedisCommands } from './redis-commands.ts'
import { drop } from './scripts/drop.ts'
import { edit } from './scripts/edit.ts'
import { fill } from './scripts/fill.ts'
import { release } from './scripts/release.ts'
import { renew } from './scripts/renew.ts'
import { take } from './scripts/take.ts'

/**
 * The {@link Store} in Redis. An entry's key holds its frame; beside it, in the same slot, `:lease` holds `<token>` or
 * `<token>|<version>`, `:floor` the highest version seen, and `:dirty` the value of a pending write-behind.
 */
export class RedisStore implements Store {
  readonly manifest: StoreManifest = {
    name: 'redis',
    shared: true,
    maxKeyBytes: 2 ** 16,
    maxFrameBytes: 64 * 2 ** 20,
    versions: true,
    edits: true,
  }
  readonly #commands: RedisCommands
  readonly #reads: Gather

  constructor(commands: RedisCommands, clock: Clock) {
    this.#commands = commands
    this.#reads = new Gather({
      fetch: (keys) => commands.values(keys),
      groups: commands.grouping,
      clock,
    })
  }

  get(key: string): Promise<Frame | undefined> {
    return this.#reads.get(key)
  }

  getMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    return Promise.all(keys.map((key) => this.#reads.get(key)))
  }

  async take(key: string, { token, seenId = '', leaseMs }: TakeRequest): Promise<Take> {
    const reply = await this.#commands.run(
      take,
      [key, leaseOf(key), dirtyOf(key)],
      [token, seenId, milliseconds(leaseMs)],
    )
    const [word, frame] = reply as [Buffer, Buffer?]
    const kind = word.toString()
    if ((kind === 'entry' || kind === 'dirty') && frame !== undefined) return { kind, frame }
    return { kind: kind === 'granted' ? 'granted' : 'held' }
  }

  async fill(key: string, { token, frame, ttlMs }: FillRequest): Promise<boolean> {
    return isOne(
      await this.#commands.run(fill, [key, leaseOf(key), floorOf(key)], [token, bufferOf(frame), timeLimit(ttlMs)]),
    )
  }

  async drop(key: string, request: DropRequest): Promise<Drop> {
    const { mode, token = '', leaseMs = 0, graceMs = 0, version, floorMs } = request
    const grace = graceMs > 0 ? milliseconds(graceMs) : '0'
    const args = [
      mode,
      token,
      milliseconds(leaseMs),
      grace,
      version === undefined ? '' : String(version),
      timeLimit(floorMs),
    ]
    const reply = await this.#commands.run(drop, [key, leaseOf(key), floorOf(key), dirtyOf(key)], args)
    return reply instanceof Buffer && reply.toString() === 'newer'
      ? { kind: 'newer' }
      : { kind: 'dropped', existed: isOne(reply) }
  }

  async renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    return isOne(await this.#commands.run(renew, [leaseOf(key)], [token, milliseconds(leaseMs)]))
  }

  async release(key: string, token: string): Promise<void> {
    await this.#commands.run(release, [leaseOf(key)], [token])
  }

  async edit(key: string, request: EditRequest): Promise<Edited> {
    const content = request.kind === 'replace' ? bufferOf(request.frame) : expiryBytes(request.softAt, request.hardAt)
    const args = [request.expectId, timeLimit(request.ttlMs), request.kind, content]
    return isOne(await this.#commands.run(edit, [key, leaseOf(key)], args)) ? 'edited' : 'changed'
  }
}

const leaseOf = (key: string): string => `${key}:lease`
const floorOf = (key: string): string => `${key}:floor`
const dirtyOf = (key: string): string => `${key}:dirty`

/** Integers arrive as strings from a client with `stringNumbers`. */
function isOne(reply: unknown): boolean {
  return Number(reply) === 1
}

function bufferOf(frame: Frame): Buffer {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
}

/** The two expiry fields of a frame's header, which lie side by side. */
function expiryBytes(softAt: number, hardAt: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeDoubleBE(softAt, 0)
  bytes.writeDoubleBE(hardAt, FRAME.offset.hardAt - FRAME.offset.softAt)
  return bytes
}
