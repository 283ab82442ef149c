import { compressionMutants } from './compression-mutants.mjs'
import { freshnessMutants } from './freshness-mutants.mjs'
import { lockMutants } from './lock-mutants.mjs'
import { sealMutants } from './seal-mutants.mjs'
import { shardedMutants } from './sharded-mutants.mjs'
import { writeMutants } from './write-mutants.mjs'

/**
 * The guards of the promises, each with an edit that takes it away. `docs/adr` and the model check tell what each is for; the tests
 * must fail without it. `find` has to stand in the file exactly once. The tests of `caughtBy` run first; should none of them fail, all others do.
 */
export const mutants = [
  ...freshnessMutants,
  ...lockMutants,
  ...writeMutants,
  ...sealMutants,
  ...compressionMutants,
  ...shardedMutants,
]
