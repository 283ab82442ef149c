import type { KeyId } from './key-part.ts'
import { keyPart } from './key-part.ts'

/** Key of one entity seen from another, in that order: `user:7:order:9`. @throws TypeError for an empty name or id. */
// eslint-disable-next-line max-params -- two pairs, as they stand in the key
export function compositeKey(entityA: string, idA: KeyId, entityB: string, idB: KeyId): string {
  return `${keyPart(entityA, 'entityA')}:${keyPart(idA, 'idA')}:${keyPart(entityB, 'entityB')}:${keyPart(idB, 'idB')}`
}
