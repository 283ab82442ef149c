/** Captured when the module loads, so that a runner's fake timers do not stop a simulation. */
// eslint-disable-next-line no-restricted-globals -- no time passes: a turn of the event loop ends when no promise chain can go on
const turn = setImmediate

/** Lets promise chains of any length run until all of them wait for something. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => turn(resolve))
}
