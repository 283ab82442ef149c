import { expect, test } from 'vitest'
import { memory } from '../memory/memory.ts'
import { BackendRegistry } from './backend-registry.ts'
import { loadProvider } from './load-provider.ts'
import type { ProviderPackage } from './load-provider.ts'

const packages = new Map([['ioredis', { door: '@larder/redis', maker: 'redis', install: '@larder/redis ioredis' }]])

function registryWith(load: (from: ProviderPackage) => unknown = () => undefined): BackendRegistry {
  return new BackendRegistry({ packages, load })
}

test('a provider makes the backend of the options beside its name', () => {
  const registry = registryWith()
  const given: object[] = []
  registry.register('mine', (options: object) => {
    given.push(options)
    return memory()
  })
  const options = { provider: 'mine', url: 'mine://host', db: 3 }
  expect(registry.create(options).name).toBe('memory')
  expect(given).toEqual([{ url: 'mine://host', db: 3 }])
  expect(options.provider).toBe('mine')
})

test('an unknown provider names those that there are, and what to do', () => {
  const registry = registryWith()
  registry.register('memory', memory)
  expect(() => registry.create({ provider: 'dynamo' })).toThrow(
    new TypeError(
      'there is no provider "dynamo"; there are: memory, ioredis. Register others with registerBackend(name, factory)',
    ),
  )
  for (const wrong of [undefined, 7, '', 'toString', '__proto__'])
    expect(() => registry.create({ provider: wrong as string })).toThrow(/there is no provider/)
  expect(() => registry.create(undefined as never)).toThrow(/the options of createBackend must be an object/)
})

test('a name is given once', () => {
  const registry = registryWith()
  registry.register('mine', () => memory())
  expect(() => registry.register('mine', () => memory())).toThrow(/a provider mine is registered already/)
  for (const name of ['', ' ', 'a b', '1', 'x'.repeat(65), undefined, 7])
    expect(() => registry.register(name as string, () => memory())).toThrow(/the name of a provider is 1 to 64 letters/)
  expect(() => registry.register('other', {} as never)).toThrow(/the factory of the provider other must be a function/)
})

test('a package is loaded when its provider is first asked for, once', () => {
  const loaded: string[] = []
  const registry = registryWith(({ door }) => {
    loaded.push(door)
    return () => memory()
  })
  expect(loaded).toEqual([])
  registry.create({ provider: 'ioredis' })
  registry.create({ provider: 'ioredis' })
  expect(loaded).toEqual(['@larder/redis'])
})

test('what is registered is used in the place of a package, as behind a bundler', () => {
  const registry = registryWith(() => {
    throw new Error('was loaded')
  })
  registry.register('ioredis', () => memory())
  expect(registry.create({ provider: 'ioredis' }).name).toBe('memory')
})

test('a package that is missing says what to install; one that fails says why', () => {
  const missing = registryWith(() => loadProvider({ door: '@larder/no-such-package', maker: 'x', install: 'x' }))
  expect(() => missing.create({ provider: 'ioredis' })).toThrow(
    expect.objectContaining({
      code: 'ERR_LARDER_UNSUPPORTED',
      message: expect.stringMatching(
        /Cannot find .*no-such-package.*Run `npm install @larder\/redis ioredis`.*registerBackend\('ioredis', redis\)/,
      ) as string,
      cause: expect.objectContaining({ code: 'MODULE_NOT_FOUND' }) as object,
    }),
  )
  const strange = registryWith(() => 'no function')
  expect(() => strange.create({ provider: 'ioredis' })).toThrow(/it has no function redis/)
})

test('a package is found beside this one, or in the folder that the process runs in', () => {
  expect(loadProvider({ door: 'lru-cache', maker: 'LRUCache', install: '' })).toBeTypeOf('function')
  expect(loadProvider({ door: 'vitest/package.json', maker: 'name', install: '' })).toBe('vitest')
})

test('what a factory returns has to be a backend, at once', () => {
  const registry = registryWith()
  registry.register('late', (async () => memory()) as never)
  registry.register('none', (() => undefined) as never)
  expect(() => registry.create({ provider: 'late' })).toThrow(/got a promise: connect in the background/)
  expect(() => registry.create({ provider: 'none' })).toThrow(/must return a backend, got undefined/)
})

test('what a factory throws reaches the caller', () => {
  const registry = registryWith()
  registry.register('memory', memory)
  expect(() => registry.create({ provider: 'memory', maxEntries: -1 } as never)).toThrow(
    /maxEntries must be an integer/,
  )
})
