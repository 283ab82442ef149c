import { StoreUnavailableError } from '@larder/core'
import type { Exchange } from './client/exchange.ts'
import { flagOf } from './client/reply.ts'
import type { Reply } from './client/reply.ts'

/** An item as it was read. */
export interface ReadItem {
  /** `undefined` for a key without an item. */
  readonly data: Buffer | undefined
  /** What a change must name; `undefined` for a key without an item. */
  readonly cas: string | undefined
}

/** What is put under a key. */
export interface ItemValue {
  readonly data: Uint8Array
  /** In the protocol's seconds; see `exptime`. */
  readonly seconds: number
}

/** Reads an item's value; `undefined` for a key without one. */
export async function readValue(exchange: Exchange, key: string): Promise<Buffer | undefined> {
  const reply = await exchange.send({ line: `mg ${key} v` })
  if (reply.word === 'EN') return undefined
  if (reply.word !== 'VA' || reply.data === undefined) throw unexpected(reply)
  return reply.data
}

/** Reads an item, and what a later change of it must name. */
export async function readItem(exchange: Exchange, key: string): Promise<ReadItem> {
  const reply = await exchange.send({ line: `mg ${key} v c` })
  if (reply.word === 'EN') return { data: undefined, cas: undefined }
  const cas = flagOf(reply, 'c')
  if (reply.word !== 'VA' || cas === undefined || cas === '0') throw unexpected(reply)
  return { data: reply.data, cas }
}

/** Puts a value in the place of what was read, or removes it; `false` if there is something else by now: evicted counts as that. */
export async function changeItem(
  exchange: Exchange,
  key: string,
  { cas, value }: { readonly cas: string | undefined; readonly value: ItemValue | undefined },
): Promise<boolean> {
  if (value === undefined && cas === undefined) return true
  const condition = cas === undefined ? 'ME' : `C${cas}`
  const reply = await exchange.send(
    value === undefined
      ? { line: `md ${key} ${condition}` }
      : { line: `ms ${key} ${value.data.length} T${value.seconds} ${condition}`, data: value.data },
  )
  if (reply.word === 'HD') return true
  // Not stored, for it exists; exists, but was changed; not found.
  if (reply.word === 'NS' || reply.word === 'EX' || reply.word === 'NF') return false
  throw unexpected(reply)
}

/** Puts a value there, whatever was there before. */
export async function putItem(exchange: Exchange, key: string, value: ItemValue): Promise<void> {
  const reply = await exchange.send({ line: `ms ${key} ${value.data.length} T${value.seconds}`, data: value.data })
  if (reply.word !== 'HD') throw unexpected(reply)
}

function unexpected({ word }: Reply): StoreUnavailableError {
  return new StoreUnavailableError(`Memcached answered ${word}, which the command does not allow`)
}
