/** Says that a command was surely not sent, for a reason that may pass within milliseconds: it may be sent anew. */
export class UnsentError extends Error {
  override readonly name = 'UnsentError'
}
