/** A server for tests: one that was started for them, or one that runs elsewhere and is only used. */
export interface ServerHandle extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Whether it was started here. The methods that signal a process reject or throw on a server that was not. */
  readonly owned: boolean
  /** Its process id; `undefined` while it is down and for a server that was not started here. */
  readonly pid: number | undefined
  /** Ends the server and removes its folder. Idempotent; does nothing to a server that was not started here. */
  stop(): Promise<void>
  /** Ends it and starts it again on the same port. Resolves when it answers. */
  restart(): Promise<void>
  /** Kills it (SIGKILL) and leaves it down; `restart()` brings it back. */
  kill(): Promise<void>
  /** Stops the process in its tracks (SIGSTOP): connections stay open and nothing answers. */
  pause(): void
  /** Lets a paused process go on (SIGCONT). */
  resume(): void
}
