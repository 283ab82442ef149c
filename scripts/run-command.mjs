import { spawn } from 'node:child_process'
import { workspaceRoot } from './workspace.mjs'

const onWindows = process.platform === 'win32'

/** Runs a command with this terminal's output, and no input, and resolves with its exit code. */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? workspaceRoot,
      env: options.env ?? process.env,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: onWindows,
    })
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
}

/** Runs a command silently and resolves with what it printed and its exit code; it is ended after `timeout` milliseconds, if that is given. */
export function captureCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? workspaceRoot,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: onWindows,
      timeout: options.timeout,
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** Runs a command silently; if it fails, shows all that it printed and ends the process. */
export async function runQuietly(command, args, options = {}) {
  const { code, output } = await captureCommand(command, args, options)
  if (code === 0) return
  console.error(output.trimEnd())
  console.error(`larder: \`${[command, ...args].join(' ')}\` failed (exit code ${code})`)
  if (options.hint !== undefined) console.error(`larder: ${options.hint}`)
  process.exit(1)
}
