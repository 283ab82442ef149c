import { systemClock, systemRandom } from '@larder/core'
import type { Locks } from '@larder/core/contracts'
import { QuorumLocks } from './quorum-locks.ts'
import type { RedlockOptions } from './redlock-options.ts'

const NODE_TIMEOUT_MS = 250

/**
 * Locks over several independent servers: who has the majority of them has the lock, and a minority may fail. Give it to a manager as its
 * option `locks`. What it assumes of clocks and disks is told in docs/locks.md.
 *
 * @throws TypeError for fewer than three nodes or an even number, one node given twice, a backend without locks, and a wrong time limit.
 */
export function redlock(options: RedlockOptions): Locks {
  const { nodes, nodeTimeoutMs = NODE_TIMEOUT_MS, clock = systemClock, random = systemRandom } = checked(options)
  const servers = nodes.map(({ name, locks }) => {
    if (locks === undefined) throw new TypeError(`nodes must have locks; the backend ${name} has none`)
    return locks
  })
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()))
  }
  return new QuorumLocks({ servers, nodeTimeoutMs, clock, random, close })
}

function checked(options: RedlockOptions): RedlockOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('options of redlock must be an object')
  const { nodes, nodeTimeoutMs } = options as { readonly nodes: unknown; readonly nodeTimeoutMs?: unknown }
  if (!Array.isArray(nodes) || nodes.length < 3 || nodes.length % 2 === 0) {
    const given = Array.isArray(nodes) ? `${nodes.length}` : typeof nodes
    throw new TypeError(`nodes must be an odd number of backends, three or more, got ${given}: an even one can split`)
  }
  if (nodes.some((node) => typeof node !== 'object' || node === null))
    throw new TypeError('nodes must be backends, such as redis() makes')
  if (new Set(nodes).size < nodes.length)
    throw new TypeError('nodes must be different: one server that is asked twice has two votes')
  const timeoutGood = typeof nodeTimeoutMs === 'number' && nodeTimeoutMs >= 1 && nodeTimeoutMs <= 60_000
  if (nodeTimeoutMs !== undefined && !timeoutGood) {
    const given = typeof nodeTimeoutMs === 'number' ? `${nodeTimeoutMs}` : typeof nodeTimeoutMs
    throw new TypeError(`nodeTimeoutMs must be from 1 to 60000 milliseconds, got ${given}`)
  }
  return options
}
