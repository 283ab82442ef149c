import type { Backend } from '../contracts/backend.ts'

const users = new WeakMap<Backend, number>()

/** Notes one more user of a backend. */
export function retainBackend(backend: Backend): void {
  users.set(backend, (users.get(backend) ?? 0) + 1)
}

/** Closes a backend when its last user has gone. */
export async function releaseBackend(backend: Backend): Promise<void> {
  const left = (users.get(backend) ?? 1) - 1
  users.set(backend, left)
  if (left === 0) await backend.close()
}
