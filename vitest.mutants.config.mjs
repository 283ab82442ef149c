import { mutantPlugin } from './scripts/mutant-plugin.mjs'
import { mutants } from './scripts/mutants/mutants.mjs'
import config from './vitest.config.ts'

/** The tests of the protocol, over sources from which the guard named in `LARDER_MUTANT` has been taken. */
const mutant = mutants.find(({ name }) => name === process.env.LARDER_MUTANT)

export default {
  ...config,
  plugins: mutant === undefined ? [] : [mutantPlugin(mutant)],
  test: { ...config.test, bail: 1, typecheck: { enabled: false }, testTimeout: 60_000 },
}
