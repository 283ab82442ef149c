import { connect } from 'node:net'
import type { Socket } from 'node:net'

const ATTEMPT_MS = 1000

/** What to send to a server, and how to see from its answer that it is ready. */
export interface Probe {
  readonly send: Uint8Array
  readonly accept: (answer: Buffer) => boolean
  /** How to connect; default plain TCP. */
  readonly connect?: ((port: number) => Socket) | undefined
}

/** Connects once to a loopback port, sends the probe and judges the first bytes of the answer. Never rejects; `false` within a second. */
export async function probe(port: number, { send, accept, connect: dial = dialPlain }: Probe): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port)
    const settle = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    socket.setTimeout(ATTEMPT_MS, () => settle(false))
    socket.once('connect', () => socket.write(send))
    socket.once('data', (answer) => settle(accept(answer)))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

function dialPlain(port: number): Socket {
  return connect({ host: '127.0.0.1', port })
}
