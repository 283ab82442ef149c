import { connect } from 'node:net'

const ANSWER_MS = 5000

/** Sends one command to a Redis on a loopback port and answers its reply as text. Rejects with an error reply, or within five seconds. */
export async function askRedis(port: number, ...command: readonly (string | number)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    let received = ''
    const fail = (reason: string): void => {
      socket.destroy()
      reject(new Error(`${command.join(' ')} on port ${port}: ${reason}`))
    }
    socket.setTimeout(ANSWER_MS, () => fail('no answer'))
    socket.once('error', ({ message }) => fail(message))
    socket.once('close', () => fail('the connection was closed'))
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      const reply = wholeReply(received)
      if (reply === undefined) return
      if (reply.startsWith('-')) return fail(reply.slice(1))
      socket.destroy()
      resolve(reply.slice(1))
    })
    socket.write(encode(command.map(String)))
  })
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

/** Type and content of a reply that is a line or a string of known length; `undefined` while some of it is missing. */
function wholeReply(text: string): string | undefined {
  const end = text.indexOf('\r\n')
  if (end === -1) return undefined
  if (!text.startsWith('$')) return text.slice(0, end)
  const length = Number(text.slice(1, end))
  return text.length < end + 2 + length ? undefined : `$${text.slice(end + 2, end + 2 + Math.max(0, length))}`
}
