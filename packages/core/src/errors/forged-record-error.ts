import { CacheError } from './cache-error.ts'

/** Reported for an invalidation record that does not carry the proof, or the names, which this node's options ask for. Nobody's call fails with it. */
export class ForgedRecordError extends CacheError {
  readonly code = 'ERR_LARDER_FORGED_RECORD'
}
