import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** A process of this machine. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
}

/** The processes that run now. One that has ended, but that nobody has asked after yet, does not count. */
export function listProcesses(): readonly ProcessEntry[] {
  // Small Linux images have no ps.
  return existsSync('/proc/self/stat') ? fromProc() : fromPs()
}

function fromProc(): readonly ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [, state, parent] = /\) (\S) (\d+)/.exec(statOf(pid)) ?? []
      return state === undefined || state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent) }]
    })
}

/** Empty for a process that has ended meanwhile. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

function fromPs(): readonly ProcessEntry[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state = '']) => !state.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }))
}
