import { SeededRandom } from '@larder/testing'
import type { TcpProxy } from '@larder/testing'
import { ChaosNode } from './chaos-node.ts'
import { Dice } from './dice.ts'
import { History } from './history.ts'
import type { Incident } from './history.ts'
import { LIMITS } from './limits.ts'
import type { Inspection, Report } from './messages.ts'
import { monotonic } from './monotonic.ts'
import type { Server } from './server.ts'
import { SingleStage } from './single-stage.ts'
import { Source } from './source.ts'
import type { Stage } from './stage.ts'
import type { Cargo } from './subjects.ts'

type Answer = Extract<Report, { kind: 'burst-done' | 'inspected' }>

/** Servers; nodes that use them; the source of truth; and what happened to them. */
export class World {
  readonly history: History = new History()
  readonly source: Source = new Source()
  readonly nodes: readonly ChaosNode[]
  readonly stage: Stage
  /** Loads of keys of the cache `burst`. */
  readonly burstLoads: Map<string, number> = new Map()
  loads = 0
  /** Invalidations that failovers may have lost, and that were there again. */
  repeated = 0
  /** Told when an invalidation has ended. */
  onSettled: (op: number) => void = () => {}
  readonly #dice: Dice
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #timers: NodeJS.Timeout[] = []
  #asked = 0
  #numbers = 0
  #over = false

  private constructor(seed: number, stage: Stage) {
    this.stage = stage
    this.#dice = new Dice(new SeededRandom(seed ^ 0x10ad))
    this.nodes = stage.connections.map(
      (connection, index) =>
        new ChaosNode({
          index,
          connection,
          seed: seed * 1_000 + index * 100,
          heard: (node, report) => this.#hear(node, report),
        }),
    )
  }

  /** Starts the nodes on a stage, which is theirs from then on. */
  static async start(seed: number, stage: Stage): Promise<World> {
    const world = new World(seed, stage)
    world.#watchLag()
    try {
      await Promise.all(world.nodes.map((node) => node.start()))
    } catch (error) {
      await world.stop()
      throw error
    }
    return world
  }

  /** The single server that nodes reach. */
  get primary(): Server {
    return this.#single.primary
  }

  get spare(): Server {
    return this.#single.spare
  }

  /** By node. */
  get proxies(): readonly TcpProxy[] {
    return this.#single.proxies
  }

  /** Turns all nodes to the spare server, which becomes the primary. */
  swap(): void {
    this.#single.swap()
  }

  /** Something to be told in a report: from now on. */
  incident(what: string): Incident {
    const incident = { what, from: monotonic(), to: Infinity }
    this.history.incidents.push(incident)
    return incident
  }

  /** Kills a node; what it was doing has an unknown outcome. */
  async kill(node: ChaosNode): Promise<void> {
    const { name } = node
    await node.kill()
    const now = monotonic()
    for (const call of this.history.invalidations.values()) {
      if (call.by !== name || call.state !== 'running') continue
      call.state = 'unknown'
      call.to = now
      this.onSettled(call.op)
    }
  }

  /** Has a node read a new key many times at once; whether its backend failed meanwhile. */
  async burst(node: ChaosNode, key: string, readers: number): Promise<number> {
    const answer = await this.#ask((id) => node.tell({ kind: 'burst', id, key, readers }))
    return answer.kind === 'burst-done' ? answer.storeErrors : 0
  }

  async inspect(node: ChaosNode): Promise<Inspection> {
    const answer = await this.#ask((id) => node.tell({ kind: 'inspect', id }))
    if (answer.kind !== 'inspected') throw new Error('Another answer was expected')
    return answer.inspection
  }

  async stop(): Promise<void> {
    this.#over = true
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.nodes.map((node) => node.kill()))
    await this.stage.stop()
  }

  get #single(): SingleStage {
    if (this.stage instanceof SingleStage) return this.stage
    throw new Error('This fault is for a single server')
  }

  #ask(send: (id: number) => void): Promise<Answer> {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('A node does not answer')), 30_000)
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      send(id)
    })
  }

  #hear(node: ChaosNode, report: Report): void {
    if (this.#over) return
    switch (report.kind) {
      case 'load':
        this.loads++
        return this.#load(node, report.id, report.subjects)
      case 'burst-load':
        this.burstLoads.set(report.key, (this.burstLoads.get(report.key) ?? 0) + 1)
        return void setTimeout(() => node.tell({ kind: 'loaded', id: report.id, cargos: [] }), 50)
      case 'events':
        for (const event of report.events) {
          if (event.kind === 'read') this.history.read({ ...event, by: node.name })
          else if (event.kind === 'lag') this.history.lag(node.name, event.from, event.to)
          else this.history.heard.push({ by: node.name, at: event.at, what: event.what })
        }
        return
      case 'settled': {
        const call = this.history.invalidations.get(report.op)
        if (call === undefined || call.state !== 'running') return
        call.from = report.from
        call.to = report.to
        call.state = report.error === undefined ? 'complete' : 'unknown'
        if (report.error !== undefined && !/^[A-Z_]+$/.test(report.error))
          this.history.troubles.push({
            promise: 'errors',
            text: `${node.name}: ${call.method} #${call.op} rejected with ${report.error}`,
          })
        return this.onSettled(report.op)
      }
      case 'burst-done':
      case 'inspected':
        this.#waiting.get(report.id)?.(report)
        this.#waiting.delete(report.id)
        return
      case 'trouble':
        this.history.troubles.push({ promise: 'F10', text: `${node.name}: ${report.text}` })
        return
      case 'ready':
    }
  }

  /** Reads the source at once and answers late: what comes between makes the answer old. */
  #load(node: ChaosNode, id: number, subjects: readonly number[]): void {
    const cargos = subjects.map((k): Cargo => ({ k, v: this.source.version(k), n: ++this.#numbers }))
    const slow = this.#dice.chance(0.04) ? LIMITS.slowestLoadMs : this.#dice.chance(0.3) ? 150 : 15
    const { name } = node
    setTimeout(
      () => {
        if (node.name === name) node.tell({ kind: 'loaded', id, cargos })
      },
      this.#dice.between(0, slow),
    )
  }

  #watchLag(): void {
    let turned = monotonic()
    this.#timers.push(
      setInterval(() => {
        const now = monotonic()
        if (now - turned > 60) this.history.lag('parent', turned, now)
        turned = now
      }, 20),
    )
  }
}
