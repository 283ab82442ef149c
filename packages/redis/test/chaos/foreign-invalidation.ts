import { randomUUID } from 'node:crypto'
import { LIMITS } from './limits.ts'
import type { Stage } from './stage.ts'
import type { Subject } from './subjects.ts'

const { namespace } = LIMITS

/** Invalidates a subject, or a tag, as docs/protocol.md tells programs in other languages to, without a word on the channel. */
export async function foreignInvalidation(
  server: Pick<Stage, 'command' | 'transaction'>,
  { cache, key }: Subject,
  tag: string | undefined,
): Promise<void> {
  const nonce = randomUUID()
  const record = (kind: string, item: string): [string, ...string[]] => {
    const fields = ['nonce', nonce, 'origin', 'billing', 'kind', kind, 'items', JSON.stringify([item])]
    return ['XADD', `{${namespace}}:journal`, '*', ...fields]
  }
  if (tag !== undefined) {
    const mark = ['SET', `{${namespace}}:mark:#${tag}`, `billing:${nonce}`, 'PX', '2592000000'] as const
    await server.transaction([record('tags', tag), mark])
    return
  }
  const value = `${namespace}:{${cache}:${key}}`
  await server.command('DEL', value, `${value}:lease`)
  await server.command(...record('keys', `${cache}:${key}`))
}
