import type { RedisOptions } from '../../src/index.ts'

/** The servers of a chaos run, whatever their topology. */
export interface Stage {
  /** How the nodes reach them, one each. */
  readonly connections: readonly RedisOptions[]
  /** Sends a command past the nodes' connections; rejects when there is no answer. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>
  /** Several commands on keys of one slot as one step; their answers, byte strings as they are. */
  transaction(commands: readonly (readonly [string, ...string[]])[]): Promise<unknown[]>
  /** What lies under some keys, in one step; or marks first, so that a value that is invalid by then may be taken for valid only if it was so before. */
  look(
    values: readonly string[],
    marks: readonly string[],
  ): Promise<{ readonly values: readonly (Buffer | null)[]; readonly marks: readonly (Buffer | null)[] }>
  stop(): Promise<void>
}
