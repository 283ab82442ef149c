import type { GlideClientConfiguration } from '@valkey/valkey-glide'
import type { Connection } from '../resolve-connection.ts'
import type { RedisOptions } from './glide-options.ts'

/** Commands that may be under way at once; more are refused. GLIDE's own limit of 1,000 is less than one burst of reads. */
const MOST_UNDER_WAY = 65_536

/** The options of `redis()` as GLIDE takes them; throws `TypeError` for those that it has no counterpart of. */
export function glideConfiguration(connection: Connection, timeoutMs: number): GlideClientConfiguration {
  const { host = 'localhost', port, path, db, username, password, tls } = connection
  if (path !== undefined) throw new TypeError('`path` cannot be used with Valkey GLIDE, which opens no Unix sockets')
  return {
    addresses: [port === undefined ? { host } : { host, port }],
    ...(db === undefined ? {} : { databaseId: db }),
    ...(username === undefined && password === undefined ? {} : { credentials: credentialsOf(username, password) }),
    useTLS: tls !== undefined,
    requestTimeout: timeoutMs,
    inflightRequestsLimit: MOST_UNDER_WAY,
    connectionBackoff: { numberOfRetries: 7, factor: 50, exponentBase: 2, jitterPercent: 50 },
    advancedConfiguration: {
      // GLIDE goes on trying for as long, also where a connection is refused.
      connectionTimeout: Math.max(1000, timeoutMs),
      ...(tls === undefined ? {} : { tlsAdvancedConfiguration: tlsOf(tls) }),
    },
  }
}

function credentialsOf(username: string | undefined, password = ''): { username?: string; password: string } {
  return username === undefined ? { password } : { username, password }
}

function tlsOf(tls: NonNullable<Connection['tls']>): { insecure?: boolean; rootCertificates?: string | Buffer } {
  const { ca, rejectUnauthorized, ...others } = tls
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new TypeError(`\`tls.${unknown}\` cannot be used with Valkey GLIDE`)
  const certificates = (Array.isArray(ca) ? ca : [ca]).filter((certificate) => certificate !== undefined)
  return {
    ...(rejectUnauthorized === false ? { insecure: true } : {}),
    ...(certificates.length === 0 ? {} : { rootCertificates: certificates.map(String).join('\n') }),
  }
}

/** What a client that was handed over was made with; throws `TypeError` where that is missing. */
export function configurationOf(options: RedisOptions): GlideClientConfiguration {
  const configuration = 'configuration' in options ? options.configuration : undefined
  if (!Array.isArray(configuration?.addresses))
    throw new TypeError('`configuration` is missing: give redis() what GlideClient.createClient() got')
  return configuration
}

const warned = new WeakSet<object>()

/** Warns, once per client, of the settings that make a client handed over by the user unsafe to use. */
export function warnOfUnsafeSettings(client: object, configuration: GlideClientConfiguration): void {
  const { lazyConnect, readFrom = 'primary', readOnly, clientSideCache } = configuration
  const unsafe = [
    lazyConnect === true ? 'lazyConnect should be false' : '',
    readFrom === 'primary' ? '' : 'readFrom should be primary',
    readOnly === true ? 'readOnly should be false' : '',
    clientSideCache === undefined ? '' : 'clientSideCache should be left out',
  ].filter((advice) => advice !== '')
  if (unsafe.length === 0 || warned.has(client)) return
  warned.add(client)
  process.emitWarning(
    `The client given to redis() may send commands after they were reported as failed, or read what is out of date: ${unsafe.join(', ')}. Give redis() a url to have a safe client made.`,
    { type: 'LarderWarning', code: 'LARDER_REDIS_CLIENT_SETTINGS' },
  )
}
