import type { Calls } from './calls.ts'
import type { Cluster } from './cluster.ts'
import type { Choice } from './kernel.ts'
import type { Call, Operations } from './operations.ts'
import type { Scenario, WriterStep } from './scenario.ts'
import { BYSTANDER } from './scenario.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { Subject } from './subject.ts'
import { tagsOf } from './subject.ts'

interface Script {
  readonly node: number
  readonly steps: readonly (WriterStep | 'read' | 'fresh')[]
  next: number
  /** Where its call is under way. */
  running: SimulatedNode | undefined
}

/** The users of a {@link Scenario}: readers and writers who do what it says, when the scheduler lets them. */
export class ScriptedWorkload {
  readonly #cluster: Cluster
  readonly #calls: Calls
  readonly #operations: Operations
  readonly #scripts: readonly Script[]
  readonly #scenario: Scenario

  constructor(parts: {
    readonly cluster: Cluster
    readonly calls: Calls
    readonly operations: Operations
    readonly scenario: Scenario
  }) {
    this.#cluster = parts.cluster
    this.#calls = parts.calls
    this.#operations = parts.operations
    this.#scenario = parts.scenario
    const { readers, writers } = parts.scenario
    this.#scripts = [
      ...readers.map(({ node, fresh }) => ({ node, steps: [fresh === true ? ('fresh' as const) : ('read' as const)] })),
      ...writers,
    ].map((script) => ({ ...script, next: 0, running: undefined }))
  }

  /** Reads to make before the trouble begins. */
  get warmUp(): readonly Call<never>[] {
    const { stored, warm } = this.#scenario
    const nodes = stored ? [BYSTANDER, ...warm] : warm
    return nodes.map((node) => this.#calls.readThrough(this.#node(node), this.#subject) as Call<never>)
  }

  /** Whether everything was begun. */
  get done(): boolean {
    return this.#scripts.every(({ steps, next }) => next === steps.length)
  }

  choices(choices: Choice[]): void {
    const { pace } = this.#cluster.kernel.plan
    for (const script of this.#scripts) {
      if (busy(script) || script.next === script.steps.length || !this.#node(script.node).process.running) continue
      choices.push({ weight: pace.start, run: () => this.#advance(script) })
    }
  }

  #advance(script: Script): void {
    const step = script.steps[script.next++]
    if (step === undefined) return
    if (step === 'commit') return this.#cluster.source.commit(this.#subject)
    const node = this.#node(script.node)
    script.running = node
    const call = this.#call(node, step)
    const invoke = (): Promise<unknown> => {
      const ended = call.invoke()
      const free = (): void => {
        script.running = undefined
      }
      ended.then(free, free)
      return ended
    }
    this.#operations.begin(this.#cluster, { ...call, invoke } as Call<never>)
  }

  #call(node: SimulatedNode, step: Exclude<Script['steps'][number], 'commit'>): Call<unknown> {
    const subject = this.#subject
    switch (step) {
      case 'read':
        return this.#calls.readThrough(node, subject)
      case 'fresh':
        return this.#calls.readThrough(node, subject, true)
      case 'delete':
        return this.#calls.delete(node, [subject])
      case 'expire':
        return this.#calls.expire(node, subject)
      case 'set':
        return this.#calls.set(node, [subject])
      case 'tags':
        return this.#calls.invalidateTags(node, tagsOf(subject.cache, 1)[0] as string)
    }
  }

  #node(index: number): SimulatedNode {
    return this.#cluster.nodes[index] as SimulatedNode
  }

  get #subject(): Subject {
    return this.#cluster.kernel.plan.subjects[0] as Subject
  }
}

/** Whether its last call has not ended; what crashed with its process never does. */
function busy({ running }: Script): boolean {
  return running !== undefined && !running.process.crashed
}
