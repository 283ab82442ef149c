import { msgpackCodec } from '@larder/core'
import { Redis } from 'ioredis'
import type { Read, Row } from '../measure/awaiting-loop.ts'

/** Reads through a bare client, with the codec that the caches use. */
export interface RawReader {
  readonly read: Read
  close(): Promise<void>
}

/** Stores the rows as they are, without tags, marks or expiry, and reads them back. */
export async function openRawReader(
  url: string,
  rows: ReadonlyMap<string, Row>,
  options: { readonly enableAutoPipelining: boolean },
): Promise<RawReader> {
  const client = new Redis(url, options)
  await Promise.all([...rows].map(([key, row]) => client.set(key, Buffer.from(msgpackCodec.encode(row)))))
  return {
    read: async (key) => msgpackCodec.decode((await client.getBuffer(key)) as Buffer) as Row,
    close: async () => void (await client.quit()),
  }
}
