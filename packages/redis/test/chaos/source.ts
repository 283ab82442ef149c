import { monotonic } from './monotonic.ts'
import { SUBJECTS } from './subjects.ts'

/** What is cached: a version for each subject that only grows, and when it did. */
export class Source {
  readonly #versions: number[] = SUBJECTS.map(() => 1)
  /** For each subject the instants of its commits; the first one made version 2. */
  readonly #commits: number[][] = SUBJECTS.map(() => [])

  commit(subject: number): number {
    this.#commits[subject]?.push(monotonic())
    return (this.#versions[subject] = this.version(subject) + 1)
  }

  version(subject: number): number {
    return this.#versions[subject] as number
  }

  /** The version at an instant. */
  versionAt(subject: number, instant: number): number {
    const commits = this.#commits[subject] as number[]
    let count = commits.length
    while (count > 0 && (commits[count - 1] as number) > instant) count--
    return 1 + count
  }

  get versions(): readonly number[] {
    return [...this.#versions]
  }
}
