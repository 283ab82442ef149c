import { Packr } from 'msgpackr'
import type { Codec } from '../contracts/codec.ts'
const packr = new Packr({ structuredClone: true, moreTypes: true, useRecords: false } as never)
export const msgpackCodec: Codec = { name: 'msgpack', id: 1, encode: (v) => { if (typeof v === 'function') throw new TypeError('function'); return Uint8Array.from(packr.pack(v)) }, decode: (b) => packr.unpack(b as Buffer) as unknown }
