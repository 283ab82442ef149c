import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a file of this package's build in a process of its own, and resolves with the one message that it sends. */
export function runAlone<Message>(file: string, args: readonly string[]): Promise<Message> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), args)
    let message: Message | undefined
    child.once('message', (sent) => {
      message = sent as Message
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (message === undefined) reject(new Error(`${file} ended with exit code ${code} and no result`))
      else resolve(message)
    })
  })
}
