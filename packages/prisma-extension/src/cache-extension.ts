import { createCacheApi } from './cache-api.ts'
import type { CacheApi } from './cache-api.ts'
import { CachedClient } from './cached-client.ts'
import { checkOptions } from './options/check-options.ts'
import type { ExtensionOptions } from './options/extension-options.ts'
import type { CachedModel } from './prisma/cached-model.ts'
import { checkChain, checkLater, EXTENSION_NAME } from './prisma/check-order.ts'
import type { ClientInternals } from './prisma/client-internals.ts'
import type { TransactionArgs } from './write/write-scopes.ts'

/** A client that is about to be extended, with the methods that get a new form. */
interface ExtendedClient extends ClientInternals {
  $extends(extension: unknown): ClientInternals
  $transaction(...args: TransactionArgs): Promise<unknown>
}

/** What `$extends` takes, and what the client has afterwards. */
export type CacheExtension = (client: unknown) => {
  $extends: {
    extArgs: {
      result: Record<never, never>
      model: { $allModels: { [K in keyof CachedModel]: () => CachedModel[K] } }
      query: Record<never, never>
      client: { $cache: () => CacheApi }
    }
  }
}

/**
 * The extension that answers a client's queries from a cache, and invalidates what its writes concern. It must be the last one with a query component.
 * @throws TypeError that names the option, for one that is out of its range.
 */
export function cacheExtension(options: ExtensionOptions): CacheExtension {
  checkOptions(options)
  const caches = new Map<unknown, CachedClient>()
  const extension = (given: unknown): unknown => {
    const client = given as ExtendedClient
    // Clients of one schema that are extended one after the other, for each request perhaps, share one state.
    const identity = JSON.stringify([client._engineConfig?.inlineSchema, client._globalOmit])
    const cached = caches.get(identity) ?? new CachedClient(client, options)
    caches.set(identity, cached)
    return client.$extends(definition(client, cached))
  }
  return extension as CacheExtension
}

function definition(client: ExtendedClient, cached: CachedClient): object {
  return {
    name: EXTENSION_NAME,
    client: {
      $cache: createCacheApi(cached),
      $extends(this: ExtendedClient, extension: unknown): ClientInternals {
        checkLater(extension)
        const extended = client.$extends.call(this, extension)
        checkChain(extended)
        return extended
      },
      $transaction(this: ExtendedClient, ...args: TransactionArgs): Promise<unknown> {
        return cached.scopes.run(this, (...inner) => client.$transaction.apply(this, inner as never), args)
      },
    },
    query: {
      $allOperations({ model, operation, args, query, __internalParams: internal }: Readonly<Record<string, unknown>>) {
        return cached.run({
          model: model as string | undefined,
          operation: operation as string,
          args,
          query: query as (args: unknown) => PromiseLike<unknown>,
          internal,
        })
      },
    },
  }
}
