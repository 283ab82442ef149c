import { jsonCodec, msgpackCodec } from '@larder/core'
import type { Codec } from '@larder/core/contracts'
import type { CodecManifest } from '@larder/testing'
import { codecSuite, contractTests } from '@larder/testing'
import { describe, test } from 'vitest'

const everything: CodecManifest = {
  undefineds: true,
  specialNumbers: true,
  minusZero: true,
  bigints: true,
  dates: true,
  maps: true,
  sets: true,
  bytes: true,
  typedArrays: true,
  errors: true,
}

const json: CodecManifest = {
  undefineds: false,
  specialNumbers: false,
  minusZero: 'changed',
  bigints: false,
  dates: 'changed',
  maps: false,
  sets: false,
  bytes: false,
  typedArrays: false,
  errors: false,
}

const codecs: readonly (readonly [codec: Codec, manifest: CodecManifest])[] = [
  [msgpackCodec, everything],
  [jsonCodec, json],
]

for (const [codec, manifest] of codecs) {
  describe(`the ${codec.name} codec`, () => {
    for (const { name, run } of contractTests(codecSuite, () => ({ codec, manifest }))) test(name, run)
  })
}
