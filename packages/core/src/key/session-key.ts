import { keyPart } from './key-part.ts'

/** Key of a session: `session:<sid>`. @throws TypeError for an empty id. */
export function sessionKey(sid: string): string {
  return `session:${keyPart(sid, 'sid')}`
}
