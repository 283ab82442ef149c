import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { poll } from './poll.ts'

const WAIT_MS = 10 * 60_000

/**
 * Runs `work` while no other process of this machine runs work under the same lock: a file with the holder's pid.
 * The lock of a process that is gone is taken over. Rejects after ten minutes of waiting.
 */
export async function withInstallLock<R>(
  work: () => Promise<R>,
  path: string = join(tmpdir(), 'larder-install.lock'),
): Promise<R> {
  if (!(await poll(WAIT_MS, () => tryLock(path))))
    throw new Error(`Another process has been installing a server for ten minutes; if none is, remove ${path}`)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = Number(await readFile(path, 'utf8').catch(() => ''))
  // An empty file is a lock being made, or one that has just been given back.
  if (holder > 0 && !isAlive(holder)) await rm(path, { force: true })
  return false
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
