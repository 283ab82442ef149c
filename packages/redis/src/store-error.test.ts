import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import { expect, test } from 'vitest'
import { storeError } from './store-error.ts'

function reply(message: string): Error {
  const error = Object.assign(new Error(message), { command: { name: 'set', args: ['k', 'secret'] } })
  error.name = 'ReplyError'
  return error
}

test.each([
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS', /check `username` and `password`/],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM', /maxmemory/],
  ["ERR unknown command 'FOO', with args beginning with: 'secret'", 'ERR', /it answered ERR$/],
  ['READONLY You can not write against a read only replica.', 'READONLY', /primary/],
  ['something unforeseen: secret', 'ERR', /it answered ERR$/],
])('%s is reduced to its first word', (message, code, advice) => {
  const error = storeError(reply(message), 'fill')
  expect(error).toBeInstanceOf(StoreUnavailableError)
  expect(error.message).toMatch(advice)
  expect(error.message).toContain('`fill`')
  expect(error.cause).toMatchObject({ name: 'ReplyError', code })
  expect(JSON.stringify(Object.getOwnPropertyDescriptors(error.cause)) + error.message).not.toContain('secret')
})

test('an address that cannot be reached is named', () => {
  const refused = Object.assign(new Error('connect'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '10.0.0.1',
    port: 6379,
  })
  expect(storeError(refused, 'get').message).toBe(
    'Redis could not carry out `get`: not reachable (connect ECONNREFUSED 10.0.0.1:6379)',
  )
})

test('a command that timed out is a timeout', () => {
  expect(storeError(new Error('Command timed out'), 'get')).toBeInstanceOf(StoreTimeoutError)
})

test('an error of our own passes through', () => {
  const error = new StoreUnavailableError('closed')
  expect(storeError(error, 'get')).toBe(error)
})

test.each([undefined, null, 'text', 5, {}])('whatever else was thrown, %j too, becomes an error', (thrown) => {
  expect(storeError(thrown, 'get')).toBeInstanceOf(StoreUnavailableError)
})
