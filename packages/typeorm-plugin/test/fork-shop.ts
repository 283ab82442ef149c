import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { DataSourceOptions } from 'typeorm'

/** What a process of its own is to do. */
export interface Orders {
  readonly role: 'workers' | 'victim'
  readonly database: DataSourceOptions
  readonly redis: string
  readonly dbId: string
  readonly consistency: 'after-commit' | 'strict'
  readonly seed: number
  readonly rounds: number
}

/** A process that has a shop of its own. */
export class ShopProcess implements Disposable {
  readonly #child: ChildProcess

  constructor(orders: Orders) {
    this.#child = fork(fileURLToPath(new URL('./shop-process.ts', import.meta.url)), [JSON.stringify(orders)], {
      execArgv: ['--conditions=@larder/source', '--import', 'tsx'],
      cwd: import.meta.dirname,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('error', () => {})
    // It must not outlive this process, however this one ends.
    const watch = ['-c', 'cat >/dev/null; kill -s KILL "$1" 2>/dev/null', 'sh', `${this.#child.pid}`]
    const watcher = spawn('/bin/sh', watch, { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    watcher.on('error', () => {})
    watcher.stdin.on('error', () => {})
    watcher.unref()
    this.#child.once('exit', () => watcher.kill('SIGKILL'))
  }

  /** Its next message; rejects if it ends without one. */
  async word(): Promise<unknown> {
    const ended = once(this.#child, 'exit').then(() => Promise.reject(new Error('a process ended without a word')))
    const [message] = (await Promise.race([once(this.#child, 'message'), ended])) as [unknown]
    ended.catch(() => {})
    return message
  }

  tell(word: string): void {
    this.#child.send(word)
  }

  /** Ends it as a crash would (SIGKILL); resolves when it is gone. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}
