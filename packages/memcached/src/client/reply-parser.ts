import type { Reply } from './reply.ts'

const NEWLINE = 10
const RETURN = 13

/** No line of the protocol is near this long. */
const LONGEST_LINE = 4096

/** What a server says in answer to what is sent here. Anything else is not Memcached, or not in step. */
const WORDS: ReadonlySet<string> = new Set(
  'HD VA EN NS EX NF MN VERSION STAT END STORED ERROR CLIENT_ERROR SERVER_ERROR'.split(' '),
)

/** Cuts what a server sends into answers. Throws for what is none: the connection cannot be used any more then. */
export class ReplyParser {
  readonly #mostBytes: number
  #chunks: Buffer[] = []
  #length = 0
  /** Bytes without which there is nothing more to cut. */
  #needed = 0

  /** `mostBytes` is the largest value that will be taken. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Takes bytes in; calls `hear` for each answer that they complete. */
  push(chunk: Buffer, hear: (reply: Reply) => void): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length < this.#needed) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length)
    const replies: Reply[] = []
    const rest = bytes.subarray(this.#cut(bytes, replies))
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#length = rest.length
    replies.forEach(hear)
  }

  /** Cuts all whole answers; says where the rest begins. */
  #cut(bytes: Buffer, replies: Reply[]): number {
    let at = 0
    this.#needed = 0
    for (;;) {
      const end = bytes.indexOf(NEWLINE, at)
      if ((end === -1 ? bytes.length : end) - at > LONGEST_LINE) throw new Error('a line without end')
      if (end === -1) return at
      const line = bytes.toString('latin1', at, bytes[end - 1] === RETURN ? end - 1 : end)
      const [word = '', ...flags] = line.split(' ')
      if (!WORDS.has(word)) throw new Error('an answer that is not of the protocol')
      if (word !== 'VA') {
        replies.push({ word, flags })
        at = end + 1
        continue
      }
      const start = end + 1
      const stop = start + this.#sizeOf(flags[0])
      if (bytes.length < stop + 2) {
        this.#needed = stop + 2 - at
        return at
      }
      if (bytes[stop] !== RETURN || bytes[stop + 1] !== NEWLINE)
        throw new Error('a value of another length than it says')
      replies.push({ word, flags: flags.slice(1), data: bytes.subarray(start, stop) })
      at = stop + 2
    }
  }

  #sizeOf(text = ''): number {
    const size = /^\d{1,10}$/.test(text) ? Number(text) : NaN
    if (!(size <= this.#mostBytes)) throw new Error('a value without a size, or above the limit')
    return size
  }
}
