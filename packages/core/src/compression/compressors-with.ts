import type { Compressor } from '../contracts/compressor.ts'
import { brotli } from './brotli.ts'
import { gzip } from './gzip.ts'
import { hasZstd, zstd } from './zstd.ts'

const BUILT_IN: readonly Compressor[] = [gzip(), brotli(), ...(hasZstd() ? [zstd()] : [])]

/** The compressor of an id, among those that this process has and `own`; `undefined` for one that it does not know. */
export function compressorsWith(own: Compressor | undefined): (id: number) => Compressor | undefined {
  const known = new Map([...BUILT_IN, ...(own === undefined ? [] : [own])].map((one) => [one.id, one]))
  return (id) => known.get(id)
}
