import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a program of this folder, from source, in a process of its own. It does not outlive this one, not even while it is stopped. */
export function forkProgram(program: URL, args: readonly string[]): ChildProcess {
  const child = fork(fileURLToPath(program), args, {
    execArgv: ['--conditions=@larder/source', '--import', 'tsx'],
    cwd: import.meta.dirname,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.on('error', () => {})
  if (child.pid === undefined) return child
  const watcher = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -s KILL "$1" 2>/dev/null', 'sh', `${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.on('error', () => {})
  watcher.stdin?.on('error', () => {})
  watcher.unref()
  child.once('exit', () => watcher.kill('SIGKILL'))
  return child
}
