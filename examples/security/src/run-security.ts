import { randomBytes } from 'node:crypto'
import { systemClock } from '@larder/core'
import type { Backend } from '@larder/core'
import { createKeyRing, hashKeys, keyRingFromEnvironment } from '@larder/crypto'
import type { KeyOptions } from '@larder/crypto'
import { openNode } from './clinic-node.ts'
import type { Protection } from './clinic-node.ts'
import { Intruder } from './intruder.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'

/** Runs all of it and prints a line for each finding; answers how many were not as they should be. */
export async function runSecurity(open: () => Backend, print: (line: string) => void): Promise<number> {
  let failed = 0
  const say = (what: string, right: boolean): void => {
    if (!right) failed++
    print(`  ${right ? 'yes' : 'NO '}  ${what}`)
  }
  await using intruder = new Intruder(open())

  print('Without protection, whoever reads the server')
  await using plain = await openNode(open(), undefined, false)
  await plain.patients.readThrough(ADA)
  const clear = await intruder.read(`clinic:{patients:${ADA}}`)
  say('finds a value under the name of its key', clear.length > 0)
  say('reads the diagnosis', clear.includes('measles'))
  await plain.caches.close()

  const protection: Protection = { keyRing: ringOfTheRun(), nameKey: randomBytes(32) }
  const storedAs = (key: string): string =>
    `clinic:{patients:${hashKeys({ key: protection.nameKey }).keys('clinic', 'patients')(key)}}`
  print('With a sealer, hashed keys and authenticated records')
  await using node = await openNode(open(), protection, false)
  await node.patients.readThroughMany([ADA, BOB])
  const sealed = await intruder.read(storedAs(ADA))
  say('the value is there, under a name that tells nothing', sealed.length > 0 && !storedAs(ADA).includes('ada'))
  say('the diagnosis cannot be read', !sealed.includes('measles') && !sealed.includes('Ada'))

  print('Whoever writes to the server')
  await intruder.write(storedAs(BOB), sealed)
  say("cannot pass Ada's record off as Bob's", (await node.patients.readThrough(BOB)).name === 'Bob')
  const spoiled = await intruder.read(storedAs(ADA))
  spoiled[spoiled.length - 1] = (spoiled.at(-1) as number) ^ 1
  await intruder.write(storedAs(ADA), spoiled)
  say('cannot change one bit unnoticed', (await node.patients.readThrough(ADA)).name === 'Ada')
  await intruder.write(storedAs(ADA), clear)
  say('cannot plant a value in the clear', (await node.patients.readThrough(ADA)).name === 'Ada')
  say(
    'is reported each time, and no read has failed',
    node.reports.join() ===
      ['unauthentic', 'unauthentic', 'unsealed'].map((reason) => `ERR_LARDER_DECRYPTION ${reason}`).join(),
  )
  await intruder.announce('clinic', 'patients')
  await node.patients.delete(BOB)
  say(
    'cannot announce invalidations unnoticed',
    await comesTrue(() => node.reports.includes('ERR_LARDER_FORGED_RECORD')),
  )

  print('A key is changed while two versions of the ring run: add, promote, retire')
  const steps = rotation()
  let before = await openNode(open(), { ...protection, keyRing: steps[0] as Protection['keyRing'] }, false)
  await before.patients.set('1', { name: 'first', diagnosis: 'none' })
  for (const [index, keyRing] of steps.entries()) {
    const after = await openNode(open(), { ...protection, keyRing }, false)
    await after.patients.set(String(index + 2), { name: 'later', diagnosis: 'none' })
    const keys = Array.from({ length: index + 2 }, (_, number) => String(number + 1))
    const found = [await before.patients.getMany(keys), await after.patients.getMany(keys)]
    const quiet = before.reports.length + after.reports.length === 0
    say(
      `step ${index + 1}: both read all ${keys.length} values`,
      quiet && found.every(({ size }) => size === keys.length),
    )
    await before.caches.close()
    before = after
  }
  await before.caches.close()
  return failed
}

/** The ring of `LARDER_ENCRYPTION_KEY`, if that is set; else one made for the run. */
function ringOfTheRun(): Protection['keyRing'] {
  if (process.env['LARDER_ENCRYPTION_KEY'] !== undefined) return keyRingFromEnvironment()
  return createKeyRing({ primary: 'of-this-run', keys: { 'of-this-run': randomBytes(32) } })
}

/** The rings that are rolled out, one after the other. */
function rotation(): readonly Protection['keyRing'][] {
  const old = randomBytes(32)
  const young = randomBytes(32)
  const ring = (primary: string, keys: Readonly<Record<string, KeyOptions>>): Protection['keyRing'] =>
    createKeyRing({ primary, keys })
  return [
    ring('2026-05', { '2026-05': old }),
    ring('2026-05', { '2026-05': old, '2026-11': young }),
    ring('2026-11', { '2026-05': old, '2026-11': young }),
    ring('2026-11', { '2026-05': { key: old, state: 'decrypt-only' }, '2026-11': young }),
  ]
}

/** Whether it comes to pass within a heartbeat or two. */
async function comesTrue(holds: () => boolean): Promise<boolean> {
  const end = systemClock.monotonic() + 5_000
  while (!holds() && systemClock.monotonic() < end) await new Promise<void>((resolve) => systemClock.after(10, resolve))
  return holds()
}
