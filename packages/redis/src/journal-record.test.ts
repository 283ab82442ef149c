import { expect, test } from 'vitest'
import { recordOfEntry, recordOfMessage } from './journal-record.ts'

const whole = { id: '5-1', nonce: 'n', prevId: '4-0', prevNonce: 'm', origin: 'o', kind: 'tags', items: ['a', 'b'] }
const record = { id: '5-1', nonce: 'n', prev: { id: '4-0', nonce: 'm' }, origin: 'o', kind: 'tags', items: ['a', 'b'] }

function entry(fields: Readonly<Record<string, string>>): readonly [Buffer, readonly Buffer[]] {
  return [
    Buffer.from('5-1'),
    Object.entries(fields)
      .flat()
      .map((text) => Buffer.from(text)),
  ]
}

test('a message and a stream entry say the same', () => {
  expect(recordOfMessage(JSON.stringify(whole))).toEqual(record)
  const { id: _, ...fields } = whole
  expect(recordOfEntry(entry({ ...fields, items: '["a","b"]' }))).toEqual(record)
})

test('the first record of a journal has none before it', () => {
  expect(recordOfEntry(entry({ nonce: 'n', origin: '', kind: 'genesis', items: '[]' }))).toEqual({
    id: '5-1',
    nonce: 'n',
    origin: '',
    kind: 'genesis',
    items: [],
  })
})

test('fields that a later release adds are ignored, and an origin may be left out', () => {
  expect(recordOfEntry(entry({ nonce: 'n', kind: 'keys', items: '[]', colour: 'red' }))).toEqual({
    id: '5-1',
    nonce: 'n',
    origin: '',
    kind: 'keys',
    items: [],
  })
})

test.each([
  ['no JSON', 'tags,a'],
  ['a number', '5'],
  ['a list', '[]'],
  ['an id of another shape', JSON.stringify({ ...whole, id: '5' })],
  ['no nonce', JSON.stringify({ ...whole, nonce: undefined })],
  ['an unknown kind', JSON.stringify({ ...whole, kind: 'constructor' })],
  ['items that are no list', JSON.stringify({ ...whole, items: 'a' })],
  ['items that are not strings', JSON.stringify({ ...whole, items: ['a', 1] })],
])('%s is not understood', (_name, text) => {
  expect(recordOfMessage(text)).toBeUndefined()
})
