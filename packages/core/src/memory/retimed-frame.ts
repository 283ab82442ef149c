import type { Frame } from '../contracts/frame.ts'
import { FRAME } from '../contracts/frame.ts'

/** A copy of the frame with other expiry instants in its header, wall ms. */
export function retimedFrame(frame: Frame, times: { readonly softAt: number; readonly hardAt: number }): Frame {
  const copy = Uint8Array.from(frame)
  const view = new DataView(copy.buffer)
  view.setFloat64(FRAME.offset.softAt, times.softAt)
  view.setFloat64(FRAME.offset.hardAt, times.hardAt)
  return copy
}
