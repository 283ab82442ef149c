/** Where a server is: `host:port`, or its parts. The port is 6379 (of a sentinel, 26379) if it is left out. */
export type RedisAddress = string | { readonly host: string; readonly port?: number }

/** The parts of addresses that were given as the option `name`. Throws `TypeError` for wrong ones. */
export function parseAddresses(
  name: string,
  addresses: readonly RedisAddress[],
  defaultPort: number,
): readonly { readonly host: string; readonly port: number }[] {
  if (!Array.isArray(addresses) || addresses.length === 0)
    throw new TypeError(`\`${name}\` is not a list of addresses with at least one in it`)
  return (addresses as readonly RedisAddress[]).map((address) => {
    const { host, port = defaultPort } = typeof address === 'string' ? split(address) : address
    if (typeof host !== 'string' || host === '' || !Number.isSafeInteger(port) || port < 1 || port > 65_535)
      throw new TypeError(`\`${name}\` has an address that is not a host with a port, such as \`10.0.0.1:6379\``)
    return { host, port }
  })
}

/** An IPv6 address with a port stands in brackets. */
function split(address: string): { readonly host: string; readonly port?: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]/@]+))(?::(\d+))?$/.exec(address) ?? []
  const host = bracketed ?? plain ?? ''
  return port === undefined ? { host } : { host, port: Number(port) }
}
