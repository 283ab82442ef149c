import { hold } from '../chaos/fault.ts'
import type { FaultKind, FaultScene } from '../chaos/fault.ts'
import { markLost } from '../chaos/failover.ts'
import { LIMITS } from '../chaos/limits.ts'
import { monotonic } from '../chaos/monotonic.ts'
import type { Deck } from '../chaos/nemesis.ts'
import { killNode, stopNode } from '../chaos/node-faults.ts'
import { SUBJECTS } from '../chaos/subjects.ts'
import { ClusterStage, slotOf } from './cluster-stage.ts'
import type { StagedNode } from './cluster-stage.ts'

const { namespace } = LIMITS

/** How long a slot is in two places, longest, in milliseconds. */
const LONGEST_MOVE_MS = 400

function stageOf({ world }: FaultScene): ClusterStage {
  if (world.stage instanceof ClusterStage) return world.stage
  throw new Error('This fault is for a cluster')
}

/** Slots are moved to another node as `redis-cli --cluster reshard` does it: those of some values, or that of the journal. */
const reshard: FaultKind = (scene) => ({
  name: 'reshard',
  needs: ['redis'],
  run: async (tell) => {
    const { dice } = scene
    const keys = dice.chance(0.4)
      ? [`{${namespace}}:journal`]
      : dice.some(SUBJECTS, 4).map(({ cache, key }) => `${namespace}:{${cache}:${key}}`)
    const slots = [...new Set(keys.map(slotOf))]
    for (const slot of slots) await moveSlot(scene, slot)
    tell(`slots ${slots.join()}`)
  },
})

async function moveSlot(scene: FaultScene, slot: number): Promise<void> {
  const stage = stageOf(scene)
  const primaries = (await stage.shards()).map(({ primary }) => primary)
  const ids = new Map<StagedNode, string>()
  for (const node of primaries) ids.set(node, String(await node.client.cluster('MYID')))
  const owner = await ownerOf(slot, primaries)
  const target = scene.dice.pick(primaries.filter((node) => node !== owner))
  if (owner === undefined) return
  await target.client.cluster('SETSLOT', slot, 'IMPORTING', ids.get(owner) as string)
  await owner.client.cluster('SETSLOT', slot, 'MIGRATING', ids.get(target) as string)
  const end = monotonic() + scene.dice.between(50, LONGEST_MOVE_MS)
  for (;;) {
    const keys = await owner.client.cluster('GETKEYSINSLOT', slot, 3)
    if (keys.length === 0 && monotonic() > end) break
    const { host, port } = target.handle
    if (keys.length > 0)
      await owner.client.call('MIGRATE', host, port, '', 0, 2_000, 'REPLACE', 'KEYS', ...keys.map(String))
    await hold(scene.dice.between(0, 40))
  }
  for (const node of [target, owner, ...primaries])
    await node.client.cluster('SETSLOT', slot, 'NODE', ids.get(target) as string).catch(() => {})
}

async function ownerOf(slot: number, primaries: readonly StagedNode[]): Promise<StagedNode | undefined> {
  const ranges = (await primaries[0]?.client.cluster('SLOTS')) ?? []
  const found = ranges.find(([first, last]) => first <= slot && slot <= last)
  return primaries.find(({ handle }) => handle.port === found?.[2]?.[1])
}

/** A replica takes its primary's place by agreement: nothing is lost. */
const switchOver: FaultKind = (scene) => ({
  name: 'CLUSTER FAILOVER',
  needs: ['redis'],
  run: async () => {
    const shard = scene.dice.pick(await stageOf(scene).shards())
    const [replica] = shard.replicas
    if (replica === undefined) return
    await replica.client.cluster('FAILOVER')
    await stageOf(scene).cluster.untilServing()
  },
})

/** A primary is killed, and comes back as a replica of the one that took its place. What it had not passed on is lost. */
const killPrimary: FaultKind = (scene) => ({
  name: 'kill -9 of a primary',
  needs: ['redis'],
  run: async (tell) => {
    const { world, writer, dice } = scene
    const stage = stageOf(scene)
    const { primary, replicas } = dice.pick(await stage.shards())
    const replicated = await passedOn(primary, replicas)
    const before = monotonic()
    await primary.handle.kill()
    for (let i = 0; i < 400 && (await stage.shards()).some((shard) => shard.primary === primary); i++) await hold(25)
    const after = monotonic()
    await primary.handle.restart()
    await stage.cluster.untilServing()
    const lost = markLost(world.history, { replicated, before, after })
    writer.mistrust(lost)
    tell(`port ${primary.handle.port}, taken over after ${(after - before).toFixed()} ms; ${lost.length} may be lost`)
  },
})

/** An instant up to which the replicas have everything. */
async function passedOn(primary: StagedNode, replicas: readonly StagedNode[]): Promise<number> {
  const field = async (node: StagedNode, name: string): Promise<number> =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(String(await node.client.info('replication')))?.[1])
  const instant = monotonic()
  const offset = await field(primary, 'master_repl_offset')
  for (let i = 0; i < 100; i++) {
    const offsets = await Promise.all(replicas.map((node) => field(node, 'slave_repl_offset')))
    if (offsets.every((one) => one >= offset)) return instant
    await hold(10)
  }
  return -Infinity
}

/** A primary hangs, for less time than the others need to give it up. */
const stopPrimary: FaultKind = (scene) => ({
  name: 'SIGSTOP of a primary',
  needs: ['redis'],
  run: async (tell) => {
    const ms = scene.dice.between(100, 600)
    const { primary } = scene.dice.pick(await stageOf(scene).shards())
    tell(`for ${ms.toFixed()} ms`)
    primary.handle.pause()
    await hold(ms)
    primary.handle.resume()
    await stageOf(scene).cluster.untilServing()
  },
})

/** A kind of connection is cut on every node. */
function killClients(type: 'normal' | 'pubsub'): FaultKind {
  return (scene) => ({
    name: `CLIENT KILL ${type}`,
    needs: ['redis'],
    run: async () => {
      for (const { client } of stageOf(scene).nodes) await client.call('CLIENT', 'KILL', 'TYPE', type).catch(() => {})
    },
  })
}

/** Faults of a cluster. */
export const CLUSTER_FAULTS: Deck = {
  reshard: [reshard, reshard, reshard],
  switchOver: [switchOver],
  killPrimary: [killPrimary],
  stopPrimary: [stopPrimary],
  killClients: [killClients('normal')],
  killSubscribers: [killClients('pubsub')],
  stopNode: [stopNode],
  killNode: [killNode],
}
