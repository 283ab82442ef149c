import type { Socket } from 'node:net'
import { StoreUnavailableError } from '@larder/core'
import type { Clock } from '@larder/core/contracts'
import type { Reply } from './reply.ts'
import { flagOf } from './reply.ts'
import { ReplyParser } from './reply-parser.ts'

/** Most commands that wait for their answers on one connection; more are refused. */
const MOST_WAITING = 50_000
/** Most bytes that wait to be sent. */
const MOST_UNSENT = 256 * 2 ** 20

/** Answers to meta commands, and whether they carry the token of their command, whatever the server's version. */
const TOKENED: ReadonlyMap<string, boolean> = new Map([
  ['HD', true],
  ['VA', true],
  ['NS', true],
  ['EX', true],
  ['NF', true],
  ['EN', false],
])

/** One command. */
export interface Command {
  /** The line, without its end. ASCII. */
  readonly line: string
  /** The value that follows the line. */
  readonly data?: Uint8Array
  /** A command of the older protocol: its answer carries no token, may be an error, and may be many lines up to `END`. */
  readonly plain?: 'line' | 'lines'
}

interface Waiting {
  readonly token: string | undefined
  readonly plain: Command['plain']
  readonly lines: Reply[]
  readonly sentAt: number
  readonly resolve: (replies: readonly Reply[]) => void
  readonly reject: (error: Error) => void
}

/**
 * A connection to one server. Answers come in the order of the commands; each command carries a token of its own, and an answer with another than
 * the one that is due ends the connection, as does anything that is not of the protocol: an answer never reaches the wrong caller. A command is sent once
 * or not at all. When the connection ends, all that wait are told.
 */
export class Connection {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #parser: ReplyParser
  readonly #onEnd: (error: Error) => void
  #waiting: Waiting[] = []
  #answered = 0
  #sent = 0
  #answeredAt = -Infinity
  #corked = false
  #ended: Error | undefined

  constructor(parts: {
    readonly socket: Socket
    readonly clock: Clock
    readonly mostBytes: number
    /** Called once. */
    readonly onEnd: (error: Error) => void
  }) {
    this.#socket = parts.socket
    this.#clock = parts.clock
    this.#parser = new ReplyParser(parts.mostBytes)
    this.#onEnd = parts.onEnd
    this.#socket.on('data', (chunk: Buffer) => this.#hear(chunk))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.end(`it failed (${error.code ?? error.name})`))
    this.#socket.on('close', () => this.end('it was closed'))
  }

  get open(): boolean {
    return this.#ended === undefined
  }

  /** Sends a command and resolves with its answer. Rejects if the server refuses it, or if the connection ends first. */
  async send(command: Command): Promise<Reply> {
    return (await this.sendForLines(command))[0] as Reply
  }

  /** The same for a command with an answer of several lines. */
  sendForLines({ line, data, plain }: Command): Promise<readonly Reply[]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    if (this.#waiting.length - this.#answered >= MOST_WAITING || this.#socket.writableLength > MOST_UNSENT)
      return Promise.reject(new StoreUnavailableError('Too many commands wait for a Memcached server'))
    const token = plain === undefined ? (++this.#sent).toString(36) : undefined
    this.#cork()
    this.#socket.write(token === undefined ? `${line}\r\n` : `${line} O${token}\r\n`, 'latin1')
    if (data !== undefined) {
      // The caller may reuse its buffer once the call has begun.
      this.#socket.write(Buffer.from(data))
      this.#socket.write('\r\n', 'latin1')
    }
    const sentAt = this.#clock.monotonic()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ token, plain, lines: [], sentAt, resolve, reject })
    })
  }

  /** Ends the connection if the oldest command that waits was sent `ms` milliseconds ago or earlier, and nothing was answered since. */
  endIfSilent(ms: number): void {
    const oldest = this.#waiting[this.#answered]
    if (oldest === undefined || this.#answeredAt >= oldest.sentAt) return
    if (this.#clock.monotonic() - oldest.sentAt >= ms) this.end('it is silent')
  }

  /** Ends the connection and tells those who wait. Idempotent. */
  end(reason: string): void {
    if (this.#ended !== undefined) return
    const error = new StoreUnavailableError(`The connection to a Memcached server ended: ${reason}`)
    this.#ended = error
    this.#drop()
    const waiting = this.#waiting.slice(this.#answered)
    this.#waiting = []
    this.#answered = 0
    this.#onEnd(error)
    for (const { reject } of waiting) reject(error)
  }

  /** Reset, not closed in order: what is on its way is better lost than carried out late. Only a plain TCP socket can be. */
  #drop(): void {
    try {
      this.#socket.resetAndDestroy()
    } catch {
      this.#socket.destroy()
    }
  }

  /** Commands of one turn of the event loop leave together. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    process.nextTick(() => {
      this.#corked = false
      this.#socket.uncork()
    })
  }

  #hear(chunk: Buffer): void {
    if (this.#ended !== undefined) return
    try {
      this.#parser.push(chunk, (reply) => this.#answer(reply))
    } catch (error) {
      this.end(`it sent ${(error as Error).message}`)
    }
  }

  #answer(reply: Reply): void {
    if (this.#ended !== undefined) return
    const waiting = this.#waiting[this.#answered]
    if (waiting === undefined) return this.end('it sent an answer that nobody waits for')
    const refused = reply.word.endsWith('ERROR')
    if (!refused && !isAnswerTo(waiting, reply))
      return this.end('it sent an answer to another command than the one that was due')
    if (waiting.plain === 'lines' && reply.word === 'STAT') {
      waiting.lines.push(reply)
      return
    }
    this.#shift()
    this.#answeredAt = this.#clock.monotonic()
    if (refused && (waiting.plain !== undefined || reply.word === 'SERVER_ERROR')) return waiting.reject(refusal(reply))
    if (refused) {
      waiting.reject(refusal(reply))
      // What follows may be the rest of a command that it did not take for one.
      return this.end('it did not understand a command')
    }
    waiting.resolve(waiting.plain === 'lines' ? waiting.lines : [reply])
  }

  #shift(): void {
    if (++this.#answered < 1024 || this.#answered * 2 < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#answered)
    this.#answered = 0
  }
}

function isAnswerTo({ plain, token }: Pick<Waiting, 'plain' | 'token'>, reply: Reply): boolean {
  const tokened = TOKENED.get(reply.word)
  if (plain !== undefined) return tokened === undefined
  const given = flagOf(reply, 'O')
  return tokened !== undefined && (given === undefined ? !tokened : given === token)
}

/** The server's own words, which never repeat a key or a value. */
function refusal({ word, flags }: Reply): Error {
  return new StoreUnavailableError(`Memcached refused a command: ${[word, ...flags].join(' ').slice(0, 200)}`)
}
