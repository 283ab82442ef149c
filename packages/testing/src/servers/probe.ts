import { connect } from 'node:net'

const ATTEMPT_MS = 1000

/** What to send to a server, and how to see from its answer that it is ready. */
export interface Probe {
  readonly send: Uint8Array
  readonly accept: (answer: Buffer) => boolean
}

/** Connects once to a loopback port, sends the probe and judges the first bytes of the answer. Never rejects; `false` within a second. */
export async function probe(port: number, { send, accept }: Probe): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
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
