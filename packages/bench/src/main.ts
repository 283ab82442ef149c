import { batch } from './batch/batch.ts'
import { compression } from './compression/compression.ts'
import { hitRatio } from './hit-ratio/hit-ratio.ts'
import { l1Hit } from './l1-hit/l1-hit.ts'
import { l2Hit } from './l2-hit/l2-hit.ts'
import { memcachedHit } from './memcached-hit/memcached-hit.ts'
import { prisma } from './prisma/prisma.ts'
import { reportText } from './report/report-text.ts'
import type { Findings } from './report/findings.ts'
import { resilience } from './resilience/resilience.ts'
import { seal } from './seal/seal.ts'
import { stampede } from './stampede/stampede.ts'
import { tags } from './tags/tags.ts'
import { typeorm } from './typeorm/typeorm.ts'

/** `npm run bench -- [name ...] [--json]` */
const benchmarks = [
  batch,
  compression,
  l1Hit,
  l2Hit,
  memcachedHit,
  hitRatio,
  prisma,
  resilience,
  seal,
  stampede,
  tags,
  typeorm,
]

const args = process.argv.slice(2)
const names = args.filter((arg) => arg !== '--json')
const unknown = names.filter((name) => benchmarks.every((benchmark) => benchmark.name !== name))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark named ${unknown.join(', ')}; there are: ${benchmarks.map(({ name }) => name).join(', ')}\n`,
  )
  process.exit(2)
}

const results: Record<string, Findings> = {}
for (const benchmark of benchmarks.filter(({ name }) => names.length === 0 || names.includes(name))) {
  process.stderr.write(`${benchmark.name} …\n`)
  const findings = await benchmark.run()
  results[benchmark.name] = findings
  if (!args.includes('--json')) process.stdout.write(reportText(benchmark, findings))
}
if (args.includes('--json')) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
process.exitCode = Object.values(results).every(({ verdicts }) => verdicts.every(({ met }) => met)) ? 0 : 1
