import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { findServer } from '@larder/testing'
import { eventually } from './eventually.ts'

/** A Memcached whose first answer the launcher could not understand: one that wants TLS, or credentials. */
export class BareMemcached implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.port = port
    this.#child = child
  }

  static async start(args: readonly string[]): Promise<BareMemcached> {
    const found = await findServer('memcached', { own: true })
    if (found.kind === 'running') throw new Error('a server of its own was asked for')
    const port = await freePort()
    const account = process.getuid?.() === 0 ? ['-u', 'root'] : []
    const all = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '16', ...account, ...args]
    const server = new BareMemcached(port, spawn(found.path, all, { stdio: 'ignore' }))
    try {
      await eventually(() => accepts(port))
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
