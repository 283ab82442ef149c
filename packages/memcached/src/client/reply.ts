/** One answer of a server. */
export interface Reply {
  /** First word of the line: `HD`, `VA`, `EN`, `NS`, `EX`, `NF`, … */
  readonly word: string
  /** The rest of the line; for `VA` what follows the size. */
  readonly flags: readonly string[]
  /** The value; only of `VA`. */
  readonly data?: Buffer
}

/** What a flag of the answer says, without its letter. */
export function flagOf(reply: Reply, letter: string): string | undefined {
  return reply.flags.find((flag) => flag.startsWith(letter))?.slice(1)
}
