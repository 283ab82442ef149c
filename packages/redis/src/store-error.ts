import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'

/** What the first word of a server's error means to the user. */
const ADVICE: Readonly<Record<string, string>> = {
  CLUSTERDOWN: 'the cluster does not serve the slot: a primary is down, and no replica has taken its place',
  CROSSSLOT: 'keys of different slots were named: see `keyPrefix` of the client',
  LOADING: 'it is still loading its data',
  MISCONF: 'it cannot persist and therefore refuses writes',
  NOAUTH: 'it wants a password: give `username` and `password`',
  NODB: 'it refused the database: check `db`, and that the user may call `select`',
  NOPERM: 'the user lacks a permission: see the ACL in the documentation',
  OOM: 'it is out of memory: raise `maxmemory` or choose an eviction policy',
  READONLY: 'it is a replica: connect to the primary',
  TRYAGAIN: 'the slot is being moved to another server',
  WRONGPASS: 'it refused the credentials: check `username` and `password`',
  WRONGTYPE: 'the key holds something that Larder did not write: choose another namespace',
}

/** What the code of a failed TLS handshake means to the user. */
const TLS_ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is not trusted: give its authority as `tls.ca`",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak TLS on this port',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'the server wants a certificate of the client: give `tls.cert` and `tls.key`',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the server does not trust the client's certificate: check `tls.cert`",
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS on this port',
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name: give that as `tls.servername`",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is not trusted: give its authority as `tls.ca`",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is not trusted: give its authority as `tls.ca`",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is not trusted: give its authority as `tls.ca`",
}

/**
 * Turns whatever a client library threw into an error of Larder's. The library's error is not passed on, for it holds the
 * command's arguments, values included; of it remain its name, code, and the address that could not be reached.
 */
export function storeError(error: unknown, operation: string): StoreTimeoutError | StoreUnavailableError {
  if (error instanceof StoreTimeoutError || error instanceof StoreUnavailableError) return error
  const { code, detail, cause } = describe(error)
  if (code === 'TIMEOUT') return new StoreTimeoutError(`Redis did not answer \`${operation}\` in time`, { cause })
  return new StoreUnavailableError(`Redis could not carry out \`${operation}\`: ${detail}`, { cause })
}

interface Description {
  readonly code: string
  readonly detail: string
  readonly cause: Error
}

function describe(error: unknown): Description {
  const known =
    error instanceof Error
      ? (error as NodeJS.ErrnoException & { readonly address?: string; readonly port?: number })
      : undefined
  if (known === undefined) return describeAs('Error', 'UNKNOWN', 'the client failed')
  const { name, message } = known
  if (/^(Reply|Simple|Blob)Error$/.test(name)) {
    const word = /^-?([A-Z]+)\b/.exec(message)?.[1] ?? 'ERR'
    return describeAs(name, word, ADVICE[word] === undefined ? `it answered ${word}` : `${ADVICE[word]} (${word})`)
  }
  // What ioredis makes of a slot that goes on moving.
  const redirection = /^Too many Cluster redirections\. Last error: (\w+: .*)$/.exec(message)?.[1]
  if (redirection !== undefined) {
    const [type = '', word = 'MOVED'] = redirection.split(/:? /)
    return describeAs(type, word, `${ADVICE['TRYAGAIN']} (${word})`)
  }
  if (name === 'ClusterAllFailedError') return describeAs(name, 'CLUSTER', 'no node of the cluster can be reached')
  if (message === 'Command timed out') return describeAs(name, 'TIMEOUT', 'no answer in time')
  if (known.code === 'NOSENTINEL') return describeAs(name, known.code, 'no sentinel answers (NOSENTINEL)')
  if (typeof known.code === 'string') {
    const advice = TLS_ADVICE[known.code]
    if (advice !== undefined) return describeAs(name, known.code, `${advice} (${known.code})`)
    const place =
      known.address === undefined ? '' : ` ${known.address}${known.port === undefined ? '' : `:${known.port}`}`
    return describeAs(name, known.code, `not reachable (${known.syscall ?? 'connection'} ${known.code}${place})`)
  }
  return describeAs(name, 'CONNECTION', 'the connection is not available')
}

function describeAs(name: string, code: string, detail: string): Description {
  const cause = Object.assign(new Error(detail), { code })
  cause.name = /^\w+$/.test(name) ? name : 'Error'
  // Its own stack would name only this file.
  delete cause.stack
  return { code, detail, cause }
}
