import { drawHold, hold } from './fault.ts'
import type { FaultKind } from './fault.ts'
import { LIMITS } from './limits.ts'
import { monotonic } from './monotonic.ts'

/** SIGSTOP, then SIGCONT: the node believes that no time has passed. */
export const stopNode: FaultKind = ({ world, dice }) => {
  const node = dice.pick(world.nodes)
  const ms = drawHold(dice, LIMITS.longestStopMs)
  return {
    name: `SIGSTOP node${node.index}`,
    needs: [`node ${node.index}`],
    run: async (tell) => {
      tell(`for ${ms.toFixed()} ms`)
      const lag = world.history.lag(node.name, monotonic())
      node.stop()
      await hold(ms)
      node.goOn()
      lag.to = monotonic()
    },
  }
}

/** SIGKILL, then a new process. */
export const killNode: FaultKind = ({ world, dice }) => {
  const node = dice.pick(world.nodes)
  const ms = dice.between(0, 800)
  return {
    name: `kill -9 node${node.index}`,
    needs: [`node ${node.index}`],
    run: async () => {
      await world.kill(node)
      await hold(ms)
      await node.start()
    },
  }
}
