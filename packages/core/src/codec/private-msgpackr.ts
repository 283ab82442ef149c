import type * as msgpackr from 'msgpackr'
// @ts-expect-error -- this entry of msgpackr has the exports of the main one, but no types of its own
import noEval from 'msgpackr/index-no-eval'
import { Carrier } from './carrier.ts'

/**
 * msgpackr's extensions are global to the module that holds them. This entry is a module of its own: what an application registers with `msgpackr`
 * does not change our bytes, and what is registered here does not change the application. It also compiles no code from names in the
 * payload, and reads text without the native addon, so that every machine reads the same bytes alike.
 */
const { Packr, Unpackr, addExtension, RESET_BUFFER_MODE: resetBufferMode } = noEval as typeof msgpackr

const CARRIER = 0x4c

/** Extensions that we never write: strings set apart, Errors and regular expressions as msgpackr makes them. */
const REFUSED = [0x62, 0x65, 0x78]

addExtension({
  Class: Carrier,
  type: CARRIER,
  write: (carrier: Carrier): unknown => [carrier.kind, carrier.content],
  read: Carrier.unload,
})
for (const type of REFUSED) {
  addExtension({
    type,
    unpack: () => {
      throw new TypeError(`extension 0x${type.toString(16)} is not part of the format`)
    },
  })
}

/** Makes `pack` write from the beginning of its scratch buffer: what it returns is to be copied before the next call. */
export const RESET_BUFFER_MODE: number = resetBufferMode

/** A writer of MessagePack whose messages explain themselves: no structure is shared between two of them. */
export function createPackr(): msgpackr.Packr {
  return new Packr({ structuredClone: true, moreTypes: true, useToJSON: false })
}

/** A reader of what {@link createPackr} writes. Keeps nothing from one message to the next, and copies bytes out of the source. */
export function createUnpackr(): msgpackr.Unpackr {
  return new Unpackr({ structuredClone: true, moreTypes: true, copyBuffers: true })
}
