import type { ClientInternals, ExtensionLink } from './client-internals.ts'

/** The name under which Prisma knows the extension. */
export const EXTENSION_NAME = 'larder'

const NOT_LAST =
  'cacheExtension must be applied last: an extension with a query component after it (a tenant filter, a soft delete) would change queries that are cached already, and show rows of one caller to another'

/** @throws TypeError if an extension that a client is about to get changes queries. */
export function checkLater(extension: unknown): void {
  if (typeof extension === 'object' && extension !== null && Reflect.get(extension, 'query') !== undefined)
    throw new TypeError(NOT_LAST)
}

/** @throws TypeError if one that a client got after the cache changes queries: those written as functions tell only now. */
export function checkChain(client: ClientInternals): void {
  const head: ExtensionLink | undefined = client._extensions?.head
  for (let link = head; link !== undefined; link = link.previous) {
    if (link.extension?.name === EXTENSION_NAME) return
    if (link.extension?.query !== undefined) throw new TypeError(NOT_LAST)
  }
}
