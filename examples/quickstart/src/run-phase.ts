import type { CityDatabase } from './city-database.ts'
import type { Mode } from './demo-node.ts'
import type { Request } from './make-requests.ts'
import type { DemoNodes } from './open-nodes.ts'

/** What answering all requests once came to. */
export interface PhaseReport {
  readonly queries: number
  readonly seconds: number
  /** How long each request took, in ms, shortest first. */
  readonly latencies: Float64Array
}

/** Answers the requests, every other one on the second node. `report` hears how many have been answered, about. */
export async function runPhase(
  nodes: DemoNodes,
  database: CityDatabase,
  phase: { readonly requests: readonly Request[]; readonly mode: Mode; readonly report: (answers: number) => void },
): Promise<PhaseReport> {
  const { requests, mode, report } = phase
  const queriesBefore = database.queries
  const begunAt = performance.now()
  const latencies = await Promise.all([
    nodes.first.answer(everyOther(requests, 0), mode, (answers) => report(2 * answers)),
    nodes.second.answer(everyOther(requests, 1), mode),
  ])
  return {
    queries: database.queries - queriesBefore,
    seconds: (performance.now() - begunAt) / 1000,
    latencies: Float64Array.from(latencies.flatMap((some) => [...some])).sort(),
  }
}

function everyOther(requests: readonly Request[], remainder: 0 | 1): readonly Request[] {
  return requests.filter((_, index) => index % 2 === remainder)
}
