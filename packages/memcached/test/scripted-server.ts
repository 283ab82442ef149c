import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A server on a free loopback port that answers each line as a test says; it greets as Memcached does. */
export class ScriptedServer implements AsyncDisposable {
  readonly url: string
  /** Lines heard, those of greetings apart. */
  readonly heard: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    this.url = `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(answer: (line: string, socket: Socket) => void): Promise<ScriptedServer> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const scripted = new ScriptedServer(server)
    server.on('connection', (socket) => {
      scripted.#sockets.add(socket)
      socket.on('error', () => {})
      let text = ''
      socket.on('data', (bytes: Buffer) => {
        const lines = (text + bytes.toString('latin1')).split('\r\n')
        text = lines.pop() ?? ''
        for (const line of lines) {
          if (line === 'mn') socket.write('MN\r\n')
          else if (line === 'stats settings') socket.write('STAT cas_enabled yes\r\nEND\r\n')
          else {
            scripted.heard.push(line)
            answer(line, socket)
          }
        }
      })
    })
    return scripted
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** The token that a line's answer must carry. */
export function tokenOf(line: string): string {
  return / (O\S+)/.exec(line)?.[1] ?? ''
}
