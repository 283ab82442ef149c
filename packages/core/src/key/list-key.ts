import { keyPart } from './key-part.ts'
import { stableHash } from './stable-hash.ts'

/**
 * Key of a list of entities, by what it was filtered, sorted and paged with: `list:user:<hash>`. The order of properties does not matter.
 * @throws TypeError for an empty name, and for filters that are not data (see {@link stableHash}).
 */
export function listKey(entity: string, filters: unknown): string {
  return `list:${keyPart(entity, 'entity')}:${stableHash(filters)}`
}
