import type { KeyId } from './key-part.ts'
import { keyPart } from './key-part.ts'

/** Key of one entity: `user:42`. @throws TypeError for an empty name or id. */
export function entityKey(entity: string, id: KeyId): string {
  return `${keyPart(entity, 'entity')}:${keyPart(id, 'id')}`
}
