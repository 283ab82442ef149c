import { systemClock } from '../clock.ts'
import type { Backend, BackendHealth } from '../contracts/backend.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import { Ring } from '../contracts/ring.ts'
import { UnsupportedError } from '../errors/unsupported-error.ts'
import { checkNumber, checkObject } from '../policy/option-checks.ts'
import { systemRandom } from '../random.ts'
import { Placement } from './placement.ts'
import { ShardedJournal } from './sharded-journal.ts'
import { ShardedStore } from './sharded-store.ts'
import { WrittenAs } from './written-as.ts'

/** A backend, and the name by which keys find it: whatever server takes its place keeps the name. */
export interface Shard {
  readonly name: string
  readonly backend: Backend
}

/** Options of {@link sharded}; none is required. */
export interface ShardedOptions {
  /** The backend that holds the journal, the marks and the locks, one of the shards or another. The same on all nodes. Default: the first shard. */
  readonly journal?: Backend
  /**
   * Which of several lists is the newer one: raise it with every change of the list, and when a shard came back with data from before (a backup, a
   * snapshot). The highest one wins; what was stored before is not used again. Default 0.
   */
  readonly revision?: number
  /** The time, for tests. */
  readonly clock?: Clock
  /** Randomness, for tests. */
  readonly random?: Random
}

/**
 * Several backends as one: values are spread over them by consistent hashing, so that the loss of one costs its share of them. Shards are named by
 * their place in the list, `'0'`, `'1'` and so on, or as `{ name, backend }`. The list is the same on all nodes: one with another list
 * loads what it needs until it is given that list. Write-behind needs a single backend.
 *
 * @throws TypeError for a list without shards or with two of one name, UnsupportedError for a journal that tells nobody of invalidations.
 */
export function sharded(shards: readonly (Backend | Shard)[], options: ShardedOptions = {}): Backend {
  checkObject(options, 'the options of sharded')
  const named = namedShards(shards)
  const backends = named.map(({ backend }) => backend)
  const { revision = 0, clock = systemClock, random = systemRandom, journal: keeper = backends[0] } = options
  checkNumber(revision, 'revision', { least: 0, most: Number.MAX_SAFE_INTEGER, integer: true })
  checkBackend(keeper, 'journal')
  if (keeper.journal === undefined || keeper.journal.manifest.delivery === 'none')
    throw new UnsupportedError(
      `the backend ${keeper.name} tells nobody of invalidations: give sharded() the option journal, with a backend that does, such as redis()`,
    )
  const names = named.map(({ name }) => name)
  const placement = new Placement({ journal: keeper.journal, clock, random, names, revision })
  const all = [...new Set([...backends, keeper])]
  const writtenAs = new WrittenAs()
  const stores = backends.map(({ store }) => store)
  const store = new ShardedStore({ stores, ring: new Ring(names), placement, writtenAs })
  let closing: Promise<void> | undefined
  return {
    name: 'sharded',
    store,
    journal: new ShardedJournal({ journal: keeper.journal, placement, writtenAs, store }),
    ...(keeper.locks === undefined ? {} : { locks: keeper.locks }),
    health: () => health({ named, keeper, placement }),
    close: () => (closing ??= Promise.all(all.map((backend) => backend.close())).then(() => {})),
  }
}

/** Down with its journal, for then nothing stored can be trusted, or with all shards; degraded with some. */
async function health(parts: {
  readonly named: readonly Shard[]
  readonly keeper: Backend
  readonly placement: Placement
}): Promise<BackendHealth> {
  const [behind, ...each] = await Promise.all([
    parts.keeper.health(),
    ...parts.named.map(({ backend }) => backend.health()),
  ])
  const about = ({ status, reasons = [] }: BackendHealth, what: string): readonly string[] =>
    status === 'healthy' ? [] : [`${what} is ${status}`, ...reasons]
  const reasons = [
    ...about(behind, "the journal's backend"),
    ...each.flatMap((one, index) => about(one, `the shard ${parts.named[index]?.name}`)),
    ...parts.placement.reasons,
  ]
  if (behind.status === 'down' || each.every(({ status }) => status === 'down')) return { status: 'down', reasons }
  const latencyMs = Math.max(...[behind, ...each].map(({ latencyMs = 0 }) => latencyMs))
  return reasons.length === 0 ? { status: 'healthy', latencyMs } : { status: 'degraded', latencyMs, reasons }
}

function namedShards(shards: readonly (Backend | Shard)[]): readonly Shard[] {
  if (!Array.isArray(shards) || shards.length === 0)
    throw new TypeError('sharded() takes a list of one or more backends')
  const named = shards.map((shard: Backend | Shard, index): Shard => {
    checkObject(shard, `shard ${index}`)
    const { name, backend } = 'backend' in shard ? shard : { name: String(index), backend: shard }
    if (typeof name !== 'string' || name === '') throw new TypeError(`the name of shard ${index} must be a string`)
    checkBackend(backend, `shard ${index}`)
    return { name, backend }
  })
  if (new Set(named.map(({ name }) => name)).size < named.length)
    throw new TypeError('the shards must have different names')
  if (new Set(named.map(({ backend }) => backend)).size < named.length)
    throw new TypeError('the shards must be different backends')
  return named
}

function checkBackend(backend: unknown, what: string): asserts backend is Backend {
  checkObject(backend, what)
  if (!('store' in backend) || !('health' in backend))
    throw new TypeError(`${what} must be a backend, such as redis() makes`)
}
