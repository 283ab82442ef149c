import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends one command to a server, past everything, and answers the first bytes it says. */
export async function say(port: number, line: string, data?: Uint8Array): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write(`${line}\r\n`)
    if (data !== undefined) {
      socket.write(data)
      socket.write('\r\n')
    }
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString('latin1')
  } finally {
    socket.destroy()
  }
}
