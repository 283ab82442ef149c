const DEFAULT_PORT = 11_211

/** Where a server is, and what the ring knows it by. */
export type Address = { readonly name: string } & (
  { readonly host: string; readonly port: number } | { readonly path: string }
)

/** Reads one of `servers`; throws `TypeError` for text that names none. */
export function parseAddress(text: string): Address {
  if (typeof text !== 'string') throw new TypeError('`servers` has something that is not a string')
  const socket = /^unix:(?<path>\/.+)$/.exec(text)?.groups?.['path']
  if (socket !== undefined) return { name: `unix:${socket}`, path: socket }
  const match =
    /^(?:memcached:\/\/)?(?:\[(?<address>[0-9a-fA-F:.%]+)\]|(?<host>[^\s:/@[\]]+))(?::(?<port>\d{1,5}))?\/?$/.exec(text)
  const host = match?.groups?.['address'] ?? match?.groups?.['host']
  const port = match?.groups?.['port'] === undefined ? DEFAULT_PORT : Number(match.groups['port'])
  // Text that does not parse is not quoted: it may be a URL with a password.
  if (host === undefined || port < 1 || port > 65_535)
    throw new TypeError('`servers` has something that is not `host:port`; credentials are options of their own')
  return { name: `${host.includes(':') ? `[${host}]` : host}:${port}`.toLowerCase(), host, port }
}
