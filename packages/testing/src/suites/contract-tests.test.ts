import { expect, test, vi } from 'vitest'
import type { ContractCase } from './contract-case.ts'
import { contractTests } from './contract-tests.ts'

interface Harness {
  readonly manifest: { readonly edits: boolean }
  close(): Promise<void>
}

function open(edits: boolean): { harness: Harness; close: () => Promise<void> } {
  const close = vi.fn(async () => {})
  return { harness: { manifest: { edits }, close }, close }
}

const needsEdits: ContractCase<Harness> = {
  name: 'edits something',
  requires: (manifest) => manifest.edits || 'edits',
  run: async () => {
    throw new Error('it ran')
  },
}

test('a case runs on a harness of its own, which is closed even if the case fails', async () => {
  const { harness, close } = open(true)
  const [only] = contractTests([needsEdits], () => harness)
  expect(only?.name).toBe('edits something')
  await expect(only?.run()).rejects.toThrow('it ran')
  expect(close).toHaveBeenCalledOnce()
})

test('a case that does not apply is skipped with the name of what is missing, and its harness closed', async () => {
  const { harness, close } = open(false)
  const [only] = contractTests([needsEdits], async () => harness)
  const skip = vi.fn()
  await only?.run({ skip })
  expect(skip).toHaveBeenCalledExactlyOnceWith('needs edits')
  expect(close).toHaveBeenCalledOnce()
})

test("a runner's skip may throw", async () => {
  const { harness, close } = open(false)
  const [only] = contractTests([needsEdits], () => harness)
  const skip = (): never => {
    throw new Error('skipped')
  }
  await expect(only?.run({ skip })).rejects.toThrow('skipped')
  expect(close).toHaveBeenCalledOnce()
})
