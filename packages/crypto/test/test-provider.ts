import { createHash } from 'node:crypto'
import type { KeyProvider } from '../src/index.ts'

/** A key service in this process, that can fail and hang. It wraps a key by a number. */
export interface TestProvider extends KeyProvider {
  mode: 'up' | 'fail' | 'hang'
  generateDataKey: KeyProvider['generateDataKey']
  /** Calls, and what came of them. */
  asked: number
  made: number
  unwrapped: number
  aborted: number
  readonly keys: readonly Buffer[]
}

export function testProvider(): TestProvider {
  const keys: Buffer[] = []
  const answer = async (signal: AbortSignal): Promise<void> => {
    provider.asked++
    if (provider.mode === 'fail') throw new Error('the provider is away')
    if (provider.mode === 'up') return
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        provider.aborted++
        reject(new Error('aborted'))
      })
    })
  }
  const provider: TestProvider = {
    mode: 'up',
    asked: 0,
    made: 0,
    unwrapped: 0,
    aborted: 0,
    keys,
    async generateDataKey({ signal }) {
      await answer(signal)
      const key = createHash('sha256').update(`data key ${keys.length}`).digest()
      keys.push(key)
      provider.made++
      return { key, wrapped: Buffer.from(`wrapped-${keys.length - 1}`.padEnd(16)) }
    },
    async unwrapDataKey(wrapped, { signal }) {
      await answer(signal)
      const key = keys[Number(/^wrapped-(\d+)/.exec(Buffer.from(wrapped).toString())?.[1])]
      if (key === undefined) throw new Error('not wrapped here')
      provider.unwrapped++
      return key
    },
  }
  return provider
}
