import type { BuriedWrite } from '@larder/core/contracts'
import type { StreamEntry } from '../journal-record.ts'

/** A dead letter of a partition, from its entry in the stream. Its id is `<partition>:<entry id>`. */
export function buriedWrite(partition: number, [entryId, flat]: StreamEntry): BuriedWrite {
  const fields = new Map<string, Buffer>()
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), flat[i + 1] as Buffer)
  const text = (name: string): string => fields.get(name)?.toString() ?? ''
  const id = entryId.toString()
  return {
    id: `${partition}:${id}`,
    key: text('key'),
    label: fields.get('label') ?? Buffer.alloc(0),
    frame: fields.get('frame') ?? Buffer.alloc(0),
    sequence: Number(text('sequence')),
    reason: text('reason'),
    attempts: Number(text('attempts')),
    buriedAt: Number(id.slice(0, id.indexOf('-'))),
  }
}

/** Partition and entry id in the id of a dead letter; `undefined` for text that is none. */
export function parseBuriedId(id: string): { readonly partition: number; readonly entryId: string } | undefined {
  const match = /^(\d+):(\d+-\d+)$/.exec(id)
  return match === null ? undefined : { partition: Number(match[1]), entryId: match[2] as string }
}
