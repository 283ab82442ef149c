import { describe, expect, test } from 'vitest'
import { onAbort } from './abort.ts'

describe('onAbort', () => {
  test('tells everybody who still waits, once', () => {
    const controller = new AbortController()
    const told: string[] = []
    onAbort(controller.signal, () => told.push('a'))
    const leave = onAbort(controller.signal, () => told.push('b'))
    const twice = (): unknown => told.push('c')
    onAbort(controller.signal, twice)
    const leaveTwice = onAbort(controller.signal, twice)
    leave()
    leaveTwice()
    controller.abort()
    expect(told).toEqual(['a', 'c'])
  })

  test('never makes Node.js warn of a leak, however many wait', async () => {
    const warnings: Error[] = []
    const heard = (warning: Error): unknown => warnings.push(warning)
    process.on('warning', heard)
    const { signal } = new AbortController()
    for (let i = 0; i < 100; i++) onAbort(signal, () => {})
    await new Promise(setImmediate)
    process.off('warning', heard)
    expect(warnings).toEqual([])
  })
})
