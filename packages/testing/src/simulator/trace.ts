/** What happened in a schedule, line by line, for people to read. Costs next to nothing while nobody asks for it. */
export class Trace {
  readonly lines: string[] = []
  readonly #wanted: boolean

  constructor(wanted: boolean) {
    this.#wanted = wanted
  }

  /** Adds a line; `line` is only called if somebody wants it. */
  note(at: { readonly step: number; readonly now: number }, line: () => string): void {
    if (!this.#wanted) return
    this.lines.push(`${String(at.step).padStart(4)} ${`${at.now} ms`.padStart(9)}  ${line()}`)
  }
}
