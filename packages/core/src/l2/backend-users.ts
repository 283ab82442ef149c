/** A backend, or a part of one that managers may share. */
interface Shared {
  close(): Promise<void>
}

const users = new WeakMap<Shared, number>()

/** Notes one more user of a backend. */
export function retainBackend(backend: Shared): void {
  users.set(backend, (users.get(backend) ?? 0) + 1)
}

/** Closes a backend when its last user has gone. */
export async function releaseBackend(backend: Shared): Promise<void> {
  const left = (users.get(backend) ?? 1) - 1
  users.set(backend, left)
  if (left === 0) await backend.close()
}
