import { TcpProxy } from '@larder/testing'
import { hold } from './fault.ts'
import type { FaultKind } from './fault.ts'
import type { History, Invalidation } from './history.ts'
import { LIMITS } from './limits.ts'
import { monotonic } from './monotonic.ts'
import type { Server } from './server.ts'
import { SUBJECTS } from './subjects.ts'
import type { World } from './world.ts'

const JOURNAL = `{${LIMITS.namespace}}:journal`

/** Longest that nodes may take to repeat what a failover lost: to reconnect, and a sync. */
const REPEAT_MS = LIMITS.reconnectMs + 3 * LIMITS.heartbeatMs

/**
 * The replica stops hearing its primary, which goes on for a while; then the replica is promoted and all nodes are turned to it. What the
 * primary acknowledged in between is lost. Promised is this: invalidations complete before the replica fell behind hold throughout; of the
 * lost ones, those that a node had applied are repeated by it, and bind again from then on.
 */
export const failover: FaultKind = ({ world, writer, dice }) => ({
  name: 'failover',
  needs: ['redis', ...world.nodes.flatMap(({ index }) => [`node ${index}`, `link ${index}`])],
  run: async (tell) => {
    await using link = await TcpProxy.start({ port: world.primary.handle.port })
    const replicated = await follow(world, link)
    if (replicated === undefined) return tell('called off: the replica did not catch up')
    link.set({ up: { kind: 'swallow' }, down: { kind: 'swallow' }, refuse: true })
    await hold(dice.between(200, 1_200))
    await world.spare.command('REPLICAOF', 'NO', 'ONE')
    const before = monotonic()
    world.swap()
    const after = monotonic()
    await world.spare.command('FLUSHALL')
    const lost = markLost(world.history, { replicated, before, after })
    writer.mistrust(lost)
    // What nodes heard last is still on its way here.
    await hold(400)
    const repeatable = lost.filter((call) => appliedSomewhere(world, call, before))
    const repeated = await untilRepeated(world, repeatable, after)
    world.repeated += repeated
    tell(`${lost.length} may be lost, ${repeatable.length} of them were applied, ${repeated} are repeated`)
  },
})

/** Makes the spare server a replica; answers an instant up to which it has everything. */
async function follow({ primary, spare }: World, link: TcpProxy): Promise<number | undefined> {
  await spare.command('REPLICAOF', '127.0.0.1', link.port)
  for (let attempt = 0; attempt < 100; attempt++) {
    await hold(50)
    if ((await spare.info('master_link_status')) !== 'up') continue
    const instant = monotonic()
    const offset = Number(await primary.info('master_repl_offset'))
    for (let wait = 0; wait < 20; wait++) {
      if (Number(await spare.info('slave_repl_offset')) >= offset) return instant
      await hold(10)
    }
  }
  await spare.command('REPLICAOF', 'NO', 'ONE')
  return undefined
}

/** Notes the invalidations that the new primary may not know, or only half. */
export function markLost(
  history: History,
  when: { readonly replicated: number; readonly before: number; readonly after: number },
): readonly Invalidation[] {
  const lost = [...history.invalidations.values()].filter(({ from, to }) => to > when.replicated && from < when.after)
  for (const call of lost) call.lost = { from: when.before, until: Infinity }
  return lost
}

/** Whether a node had surely applied this very record, and still remembers it, when the old primary went. */
function appliedSomewhere({ history, nodes }: World, call: Invalidation, before: number): boolean {
  if (call.state !== 'complete' || call.to > before) return false
  const what = contentOf(call)
  const alike = [...history.invalidations.values()].filter(
    (other) => other.from < before && other.to > call.from && contentOf(other) === what,
  )
  if (alike.length > 1) return false
  return nodes.some((node) => {
    const heard = history.heard.filter(({ by, at }) => by === node.name && at >= call.from && at < before)
    return heard.some(({ what: one }) => one === what) && !heard.some(({ what: one }) => one === 'reset')
  })
}

/** The record of an invalidation, as nodes tell of it. */
function contentOf({ scope }: Invalidation): string {
  switch (scope.kind) {
    case 'keys':
      return `keys ${scope.subjects.map((index) => nameOf(index)).join()}`
    case 'tag':
      return `tags ${scope.tag}`
    case 'cache':
      return `cache ${scope.cache}`
  }
}

/**
 * Waits until the new primary's journal has all of them; they bind from then on. What is not there in time is a broken promise, unless the
 * journal no longer reaches back so far. Answers how many are there.
 */
async function untilRepeated(world: World, calls: readonly Invalidation[], since: number): Promise<number> {
  const waiting = new Set(calls)
  let repeated = 0
  while (waiting.size > 0) {
    for (const call of waiting) {
      // It may as well have been among the last that the replica heard.
      const known = await recordsSince(world.primary, call.from).catch(() => undefined)
      if (known === undefined || call.lost === undefined) continue
      if (known.contents.has(contentOf(call))) {
        call.lost.until = monotonic()
        repeated++
      } else if (known.all) continue
      waiting.delete(call)
    }
    const now = monotonic()
    if (now > since + REPEAT_MS + world.history.lagOf('parent', since, now)) break
    await hold(20)
  }
  for (const call of waiting)
    world.history.troubles.push({
      promise: 'F5',
      text: `${contentOf(call)} (#${call.op}) was applied, then lost in a failover, and not repeated`,
    })
  return repeated
}

/** Contents of the records that the server appended since an instant, and whether those are all. Ids are the server's wall time, which is ours. */
async function recordsSince(
  server: Server,
  instant: number,
): Promise<{ readonly contents: ReadonlySet<string>; readonly all: boolean }> {
  const since = Math.floor(Date.now() - (monotonic() - instant)) - 2
  const entries = (await server.command('XRANGE', JOURNAL, '-', '+')) as [string, string[]][]
  const [first] = entries
  const contents = entries
    .filter(([id]) => Number(id.split('-')[0]) >= since)
    .map(([, fields]) => {
      const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? ''
      return `${field('kind')} ${(JSON.parse(field('items')) as string[]).join()}`
    })
  return { contents: new Set(contents), all: first !== undefined && Number(first[0].split('-')[0]) < since }
}

function nameOf(index: number): string {
  const subject = SUBJECTS[index]
  return `${subject?.cache}:${subject?.key}`
}
