import type { ChangeReport, Freshness } from './change-one-city.ts'
import type { TierCounts } from './demo-node.ts'
import { milliseconds, percent, seconds, whole } from './figures.ts'
import { bold, dim, print } from './print.ts'
import type { PhaseReport } from './run-phase.ts'

/** Everything that was counted and measured. */
export interface Summary {
  readonly setting: readonly string[]
  /** How many different cities and lists the requests ask for. */
  readonly different: number
  readonly without: PhaseReport
  readonly cached: PhaseReport
  /** Of both nodes together. */
  readonly tiers: TierCounts
  readonly change: ChangeReport
}

/** Prints what came out. Every figure was counted or measured in this run. */
export function printSummary(summary: Summary): void {
  print()
  for (const line of summary.setting) print(dim(`  ${line}`))
  print()
  printPhases(summary)
  print()
  printTiers(summary.tiers)
  print()
  printChange(summary.change)
}

function printPhases({ different, without, cached }: Summary): void {
  const both = (write: (phase: PhaseReport) => string): readonly [string, string] => [write(without), write(cached)]
  printRow(bold, 'The same requests', ['without cache', 'with cache'])
  printRow(
    plain,
    'requests',
    both(({ latencies }) => whole(latencies.length)),
  )
  printRow(
    plain,
    'different things asked for',
    both(() => whole(different)),
  )
  printRow(
    plain,
    'queries sent to the database',
    both(({ queries }) => whole(queries)),
  )
  printRow(
    plain,
    'latency, p50',
    both(({ latencies }) => milliseconds(quantile(latencies, 0.5))),
  )
  printRow(
    plain,
    'latency, p99',
    both(({ latencies }) => milliseconds(quantile(latencies, 0.99))),
  )
  printRow(
    plain,
    'time for all of them',
    both((phase) => seconds(phase.seconds)),
  )
}

function printTiers({ l1Hits, l2Hits, misses, coalesced }: TierCounts): void {
  const reads = l1Hits + l2Hits + misses
  const share = (count: number): readonly [string, string] => [whole(count), percent(count, reads)]
  printRow(bold, 'Where the answers came from', ['reads', 'share'])
  printRow(plain, 'L1: the memory of the node itself', share(l1Hits))
  printRow(plain, 'L2: the store that both nodes share', share(l2Hits))
  printRow(plain, 'neither: loaded from the database', share(misses))
  printRow(dim, 'of all, shared a read under way', share(coalesced))
}

function printChange({ city, newPopulation, byKey, byTag }: ChangeReport): void {
  const both = (write: (one: Freshness) => string): readonly [string, string] => [write(byKey), write(byTag)]
  printRow(bold, 'A row changes on node 1', ['delete', 'invalidateTags'])
  print(dim(`  ${city.name}: ${whole(city.population)} inhabitants, then ${whole(newPopulation)}`))
  printRow(
    plain,
    'the call on node 1 took',
    both(({ callMs }) => milliseconds(callMs)),
  )
  printRow(
    plain,
    'new value on node 2, since it began',
    both(({ sinceBegunMs }) => milliseconds(sinceBegunMs)),
  )
  printRow(
    plain,
    'new value on node 2, since it resolved',
    both(({ sinceResolvedMs }) => milliseconds(sinceResolvedMs)),
  )
  printRow(
    plain,
    'old values read there since it resolved',
    both(({ oldReadsAfter }) => whole(oldReadsAfter)),
  )
}

type Style = (text: string) => string

const plain: Style = (text) => text

function printRow(style: Style, label: string, [first, second]: readonly [string, string]): void {
  print(style(`  ${label.padEnd(40)}${first.padStart(16)}${second.padStart(16)}`.trimEnd()))
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
}
