import type { Clock, Locks } from '@larder/core/contracts'
import { StoreTimeoutError } from '@larder/core'
import { ExecutionError, Redlock } from '@sesamecare-oss/redlock'

/** What the servers of one election are asked. */
export interface Ballot<Answer> {
  readonly servers: readonly Locks[]
  readonly ask: (server: Locks) => Promise<Answer>
  /** Whether an answer is a vote for it. */
  readonly isFor: (answer: Answer) => boolean
  /** Takes back what a lost election left on some servers; those votes are not counted. Default: there is nothing to take back. */
  readonly undo?: (server: Locks) => Promise<boolean>
  readonly timeoutMs: number
  readonly clock: Clock
}

/** How an election went; votes that came after it was decided are not in it. */
export interface Tally<Answer> {
  /** Whether a majority is for it. */
  readonly won: boolean
  readonly answers: readonly Answer[]
  readonly failures: readonly Error[]
  /** Votes that decide. */
  readonly majority: number
}

/** A server as the library sees a client: it calls these instead of defining its own commands. */
interface Voter {
  acquireLock(): Promise<number>
  extendLock(): Promise<number>
  releaseLock(): Promise<number>
}

/**
 * Asks every server once and lets the library count. It is bound to end: each vote is cast within `timeoutMs`, and with an odd number
 * of them one side has the majority. The library's own tokens, scripts, clocks and retries have no part in it.
 */
export async function elect<Answer>(
  ballot: Ballot<Answer>,
  run: (redlock: Redlock) => Promise<unknown>,
): Promise<Tally<Answer>> {
  const { servers, ask, isFor, undo, timeoutMs, clock } = ballot
  const answers: Answer[] = []
  const failures: Error[] = []
  const vote = async (server: Locks): Promise<number> => {
    try {
      const answer = await within(ask(server), timeoutMs, clock)
      answers.push(answer)
      return isFor(answer) ? 1 : 0
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      failures.push(failure)
      throw failure
    }
  }
  const voters = servers.map((server): Voter => {
    const cast = (): Promise<number> => vote(server)
    return {
      acquireLock: cast,
      extendLock: cast,
      releaseLock: undo === undefined ? cast : () => within(undo(server), timeoutMs, clock).then(Number),
    }
  })
  const redlock = new Redlock(voters as unknown as ConstructorParameters<typeof Redlock>[0], { retryCount: 0 })
  const tally = (won: boolean): Tally<Answer> => ({
    won,
    answers: [...answers],
    failures: [...failures],
    majority: Math.floor(servers.length / 2) + 1,
  })
  try {
    await run(redlock)
    return tally(true)
  } catch (error) {
    if (error instanceof ExecutionError) return tally(false)
    throw error
  }
}

/** Settles like `work`, or rejects after `ms` milliseconds. */
function within<R>(work: Promise<R>, ms: number, clock: Clock): Promise<R> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new StoreTimeoutError(`a lock server did not answer within ${ms} ms`)))
    void work.then(resolve, reject).finally(() => timer.cancel())
  })
}
