import { expect, test } from 'vitest'
import { storeError } from '../store-error.ts'
import { nodeRedisError } from './node-redis-error.ts'

test.each([
  ['NOSCRIPT No matching script. Please use EVAL.', 'NOSCRIPT'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS'],
  ["ERR unknown command 'nonsense'", 'ERR'],
  ['LOADING', 'LOADING'],
  ['Socket closed unexpectedly', 'CONNECTION'],
  ['The client is closed', 'CONNECTION'],
  ['Disconnects client', 'CONNECTION'],
])('%s is %s', (message, code) => {
  expect(storeError(nodeRedisError(new Error(message)), 'take').cause).toMatchObject({ code })
})

test('an error of the network stays what it is', () => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  expect(nodeRedisError(refused)).toBe(refused)
})

test('a command that was given up before it was written is a timeout', () => {
  expect(storeError(nodeRedisError(new Error()), 'take').name).toBe('StoreTimeoutError')
})
