import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serverFolder } from './server-folder.ts'

const run = promisify(execFile)
const OPENSSL_MS = 20_000
const SERVER_NAME = 'redis.larder.test'

/** A certificate with its key, in PEM; also as files. */
export interface TestCertificate {
  readonly certificate: string
  readonly key: string
  readonly path: string
  readonly keyPath: string
}

/** Certificates for one test, valid for a day. */
export interface TestCertificates extends AsyncDisposable {
  /** An authority that nobody knows; it signed the two below. */
  readonly authority: TestCertificate
  /** The server's, for `name` only: not for its address. */
  readonly server: TestCertificate & { readonly name: string }
  readonly client: TestCertificate
  /** One that signed itself. */
  readonly stranger: TestCertificate
  /** Removes the files. */
  remove(): Promise<void>
}

/** Makes an authority and certificates with the `openssl` program, in a temporary folder. Rejects without it, with what it said. */
export async function makeCertificates(): Promise<TestCertificates> {
  const folder = await serverFolder('certificates')
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const authority = await selfSigned(folder, 'authority', 'Larder test authority')
    const [server, client, stranger] = await Promise.all([
      signed(folder, { file: 'server', name: SERVER_NAME, authority }),
      signed(folder, { file: 'client', name: 'client', authority }),
      selfSigned(folder, 'stranger', 'stranger'),
    ])
    const certificates = { authority, server: { ...server, name: SERVER_NAME }, client, stranger }
    return { ...certificates, remove, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function selfSigned(folder: string, file: string, name: string): Promise<TestCertificate> {
  const paths = pathsOf(folder, file)
  await openssl([
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-subj', `/CN=${name}`, '-keyout', paths.keyPath, '-out', paths.path],
  ])
  return readCertificate(paths)
}

async function signed(
  folder: string,
  { file, name, authority }: { readonly file: string; readonly name: string; readonly authority: TestCertificate },
): Promise<TestCertificate> {
  const paths = pathsOf(folder, file)
  const request = join(folder, `${file}.csr`)
  const extensions = join(folder, `${file}.ext`)
  await writeFile(extensions, `subjectAltName=DNS:${name}\n`)
  await openssl([
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`],
    ...['-keyout', paths.keyPath, '-out', request],
  ])
  await openssl([
    ...['x509', '-req', '-in', request, '-days', '1', '-set_serial', String(Buffer.from(file).readUInt32BE())],
    ...['-CA', authority.path, '-CAkey', authority.keyPath, '-extfile', extensions, '-out', paths.path],
  ])
  return readCertificate(paths)
}

interface Paths {
  readonly path: string
  readonly keyPath: string
}

function pathsOf(folder: string, file: string): Paths {
  return { path: join(folder, `${file}.crt`), keyPath: join(folder, `${file}.key`) }
}

async function readCertificate({ path, keyPath }: Paths): Promise<TestCertificate> {
  return { path, keyPath, certificate: await readFile(path, 'utf8'), key: await readFile(keyPath, 'utf8') }
}

async function openssl(args: readonly string[]): Promise<void> {
  await run('openssl', args, { timeout: OPENSSL_MS })
}
