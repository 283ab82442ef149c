import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Reply } from './reply.ts'
import { ReplyParser } from './reply-parser.ts'

const STREAM = Buffer.concat([
  Buffer.from('HD O1\r\nEN\r\nVA 5 c12 O2\r\n'),
  Buffer.from('a\r\nbc'),
  Buffer.from('\r\nVA 0 O3\r\n\r\nNF O4\r\nSERVER_ERROR object too large for cache\r\nMN\r\n'),
])

function parse(chunks: readonly Buffer[]): readonly Reply[] {
  const parser = new ReplyParser(100)
  const replies: Reply[] = []
  for (const chunk of chunks) parser.push(chunk, (reply) => replies.push(reply))
  return replies.map((reply) => (reply.data === undefined ? reply : { ...reply, data: Buffer.from(reply.data) }))
}

test('answers are the same however they are cut', () => {
  const whole = parse([STREAM])
  expect(whole.map(({ word }) => word)).toEqual(['HD', 'EN', 'VA', 'VA', 'NF', 'SERVER_ERROR', 'MN'])
  expect(whole[2]).toEqual({ word: 'VA', flags: ['c12', 'O2'], data: Buffer.from('a\r\nbc') })
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: STREAM.length - 1 })), (cuts) => {
      const places = [0, ...[...new Set(cuts)].sort((a, b) => a - b), STREAM.length]
      expect(parse(places.slice(1).map((end, i) => STREAM.subarray(places[i], end)))).toEqual(whole)
    }),
  )
})

test('a value above the limit is refused before it has arrived', () => {
  expect(() => parse([Buffer.from('VA 101 O1\r\n')])).toThrow(/above the limit/)
  expect(parse([Buffer.from(`VA 100 O1\r\n${'x'.repeat(100)}\r\n`)])).toHaveLength(1)
})

test('any bytes are answers, a part of one, or an error', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        parse([Buffer.from(bytes)])
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
  )
})
