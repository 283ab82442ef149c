import { randomBytes } from 'node:crypto'
import { aesGcm, createKeyRing } from '@larder/crypto'
import type { Contender } from '../measure/contender.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Timing } from '../measure/take-turns.ts'
import type { Benchmark, Findings } from '../report/findings.ts'
import { timingTable } from '../report/timing-table.ts'
import { bareGcm } from './bare-gcm.ts'

/** Sizes of values, in bytes; there is a target from `JUDGED` up. */
const SIZES = [1_000, 10_000, 1_000_000]
const JUDGED = 10_000
const LEAST_SPEED = 0.7

/** What is bound to a value: about as much as a cache binds to one with two tags. */
const BINDING_BYTES = 150

/** What sealing a value costs beyond encrypting it. */
export const seal: Benchmark = {
  name: 'seal',
  question: 'What do seal and open of aesGcm cost, against createCipheriv and createDecipheriv alone?',
  async run() {
    const findings: Findings[] = []
    for (const size of SIZES) findings.push(await compare(size))
    return { tables: findings.flatMap(({ tables }) => tables), verdicts: findings.flatMap(({ verdicts }) => verdicts) }
  },
}

async function compare(size: number): Promise<Findings> {
  const key = randomBytes(32)
  const value = randomBytes(size)
  const binding = randomBytes(BINDING_BYTES)
  const bare = bareGcm(key)
  const sealer = aesGcm({ keyRing: createKeyRing({ primary: '2026-11', keys: { '2026-11': key } }) })
  const bareSealed = bare.seal(value, binding)
  const sealed = await sealer.seal(value, binding)
  const opened = await sealer.open(sealed, binding)
  if (opened.kind !== 'opened' || !value.equals(opened.payload) || !value.equals(bare.open(bareSealed, binding)))
    throw new Error('what was sealed did not open')
  const pace = { rounds: 21, turnMs: 60 }
  const seals = await takeTurns(
    [repeat('createCipheriv', () => bare.seal(value, binding)), repeat('seal', () => sealer.seal(value, binding))],
    pace,
  )
  const opens = await takeTurns(
    [
      repeat('createDecipheriv', () => bare.open(bareSealed, binding)),
      repeat('open', () => sealer.open(sealed, binding)),
    ],
    pace,
  )
  const label = `${size.toLocaleString('en')} bytes`
  return {
    tables: [timingTable(`Sealing ${label}`, seals), timingTable(`Opening ${label}`, opens)],
    verdicts: size < JUDGED ? [] : [verdict(`sealing ${label}`, seals), verdict(`opening ${label}`, opens)],
  }
}

function verdict(what: string, timings: readonly Timing[]): { target: string; found: string; met: boolean } {
  const speed = 1 / (timings.at(-1)?.ratio ?? Number.NaN)
  return {
    target: `${what} has at least ${LEAST_SPEED} of the speed of node:crypto alone`,
    found: speed.toFixed(2),
    met: speed >= LEAST_SPEED,
  }
}

function repeat(name: string, work: () => unknown): Contender {
  return {
    name,
    turn: async (operations) => {
      for (let i = 0; i < operations; i++) work()
    },
  }
}
