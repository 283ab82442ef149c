/** A mark, as an item holds it: `<end, wall ms>|<value>`. */
export interface MarkItem {
  /** Wall ms, may be `Infinity`. */
  readonly endsAt: number
  readonly value: string
}

export function encodeMark({ endsAt, value }: MarkItem): Buffer {
  return Buffer.from(`${endsAt}|${value}`, 'latin1')
}

/** `undefined` for bytes that are no mark, which is as good as none. */
export function decodeMark(bytes: Buffer): MarkItem | undefined {
  const match = /^(Infinity|\d+(?:\.\d+)?)\|(.+)$/.exec(bytes.toString('latin1'))
  return match === null ? undefined : { endsAt: Number(match[1]), value: match[2] as string }
}
