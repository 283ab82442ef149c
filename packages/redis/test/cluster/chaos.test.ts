import { expect, test } from 'vitest'
import { chaosRun } from '../chaos/chaos-run.ts'
import { CLUSTER_FAULTS } from './cluster-faults.ts'
import { ClusterStage } from './cluster-stage.ts'

/** As of the run on a single server, but shorter. */
const seconds = Number(process.env['LARDER_CHAOS_SECONDS'] ?? 15)
const seed = Number(process.env['LARDER_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const faults = (process.env['LARDER_CHAOS_CLUSTER_FAULTS'] ?? '').split(',').filter((name) => name !== '')

test(
  'three processes keep the promises of the freshness protocol on a cluster, while slots move and primaries are replaced',
  { timeout: (seconds + 120) * 1_000 },
  async () => {
    const summary = await chaosRun({ seed, seconds, faults, deck: CLUSTER_FAULTS }, await ClusterStage.start())
    console.log(summary)
    expect(summary).toContain('no violation')
  },
)
