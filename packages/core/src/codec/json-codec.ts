import type { Codec } from '../contracts/codec.ts'
export const jsonCodec: Codec = { name: 'json', id: 2, encode: (v) => Buffer.from(JSON.stringify(v)), decode: (b) => JSON.parse(Buffer.from(b).toString()) as unknown }
