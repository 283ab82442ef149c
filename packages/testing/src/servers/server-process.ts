import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@larder/core'

const STOP_MS = 5000
const LOG_TAIL = 2000

/** What to run, and how to end it. */
export interface ServerCommand {
  readonly path: string
  readonly args: readonly string[]
  /** Working folder; also holds the log, and is removed if this process dies without stopping the server. */
  readonly folder: string
  /** Account to run under; default this process's own. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined
  /** Signal for an orderly end. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  /** Signal that ends it at once and that it cannot ignore for long. */
  readonly killSignal: 'SIGKILL' | 'SIGQUIT'
}

const running = new Set<ServerProcess>()

/**
 * One run of a server as a child process. It does not keep this process alive, and ends with it: an exit handler sees to the
 * normal end, and a watching shell whose input closes when this process dies sees to crashes and signals.
 */
export class ServerProcess {
  /** Settles when the server has ended, for whatever reason. */
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  readonly #watcher: ChildProcess | undefined
  readonly #command: ServerCommand

  constructor(command: ServerCommand) {
    this.#command = command
    const log = openSync(logPath(command.folder), 'a')
    try {
      // A group of its own: a Ctrl-C in the terminal must not end the server before the tests have stopped it.
      this.#child = spawn(command.path, command.args, {
        cwd: command.folder,
        stdio: ['ignore', log, log],
        detached: true,
        ...command.account,
      })
    } finally {
      closeSync(log)
    }
    this.#child.unref()
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve())
      this.#child.once('error', () => resolve())
    })
    void this.exited.then(() => this.#forget())
    this.#watcher = this.#child.pid === undefined ? undefined : watch(this.#child.pid, command)
    if (running.size === 0) process.on('exit', endAll)
    running.add(this)
  }

  /** Process id; `undefined` once it has ended. */
  get pid(): number | undefined {
    return this.#ended ? undefined : this.#child.pid
  }

  /** Sends a signal; does nothing once the server has ended. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#ended) this.#child.kill(signal)
  }

  /** Ends the server: asks, and after five seconds kills. */
  async stop(): Promise<void> {
    // A stopped process does not handle signals.
    this.signal('SIGCONT')
    this.signal(this.#command.stopSignal)
    if (await this.#endedWithin(STOP_MS)) return
    this.signal(this.#command.killSignal)
    if (await this.#endedWithin(STOP_MS)) return
    await this.kill()
  }

  /** Kills the server. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    if (!(await this.#endedWithin(STOP_MS)))
      throw new Error(`The server with pid ${this.#child.pid} did not end on SIGKILL`)
  }

  /** The end of what the server printed. */
  async log(): Promise<string> {
    const text = await readFile(logPath(this.#command.folder), 'utf8').catch(() => '')
    return text.slice(-LOG_TAIL).trim()
  }

  /** For the exit handler: synchronous, and without waiting. */
  endNow(): void {
    this.signal(this.#command.killSignal)
    this.#watcher?.kill('SIGKILL')
    rmSync(this.#command.folder, { recursive: true, force: true, maxRetries: 2 })
  }

  get #ended(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #forget(): void {
    this.#watcher?.kill('SIGKILL')
    running.delete(this)
    if (running.size === 0) process.off('exit', endAll)
  }

  async #endedWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = systemClock.after(ms, () => resolve(false))
      void this.exited.then(() => {
        timer.cancel()
        resolve(true)
      })
    })
  }
}

function logPath(folder: string): string {
  return join(folder, 'server.log')
}

function endAll(): void {
  for (const server of running) {
    try {
      server.endNow()
    } catch {
      // The process is ending: nobody is left to tell, and the other servers must still be ended.
    }
  }
}

/** A shell that waits for this process to die, then ends the server and removes its folder. */
function watch(pid: number, command: ServerCommand): ChildProcess {
  const script = 'cat >/dev/null; kill -s "$1" "$2" 2>/dev/null; rm -rf -- "$3"'
  const args = ['-c', script, 'sh', command.killSignal.slice(3), String(pid), command.folder]
  const watcher = spawn('/bin/sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  watcher.on('error', () => {})
  watcher.stdin?.on('error', () => {})
  watcher.unref()
  // The pipe has no reference of its own that could keep the loop alive, but its stream has one.
  ;(watcher.stdin as (NodeJS.WritableStream & { unref?(): void }) | null)?.unref?.()
  return watcher
}
