import { expect, test } from 'vitest'
import { storeError } from '../store-error.ts'
import { glideError } from './glide-error.ts'

/** Messages that GLIDE 2.5 made of what a server answered. */
test.each([
  ['An error was signalled by the server: - NoScriptError: No matching script. Please use EVAL.', 'NOSCRIPT'],
  [
    "An error was signalled by the server: - PermissionDenied: this user has no permissions to run 'client|id'",
    'NOPERM',
  ],
  ["An error was signalled by the server: - ResponseError: unknown command 'nonsense'", 'ERR'],
  ['WRONGTYPE: Operation against a key holding the wrong kind of value', 'WRONGTYPE'],
  ["OOM: command not allowed when used memory > 'maxmemory'.", 'OOM'],
  [
    'Connection error: Standalone(Received error for address `127.0.0.1:7811`: WRONGPASS: invalid username-password pair)',
    'WRONGPASS',
  ],
])('%s is %s', (message, code) => {
  expect(storeError(glideError(new Error(message)), 'take').cause).toMatchObject({ name: 'ReplyError', code })
})

test.each([
  'Standalone connect failed - IoError: Received error for address `127.0.0.1:7899`: timed out',
  'Unable to execute requests; the client is closed. Please create a new client.',
])('%s is a matter of the connection', (message) => {
  expect(storeError(glideError(new Error(message)), 'take').cause).toMatchObject({ code: 'CONNECTION' })
})

test('what timed out is a timeout, and what is no error is passed on', () => {
  const timeout = Object.assign(new Error('timed out'), { name: 'TimeoutError' })
  expect(storeError(glideError(timeout), 'take').name).toBe('StoreTimeoutError')
  expect(glideError('text')).toBe('text')
})
