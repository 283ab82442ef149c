import type { Passage, TcpConnection, TcpWeather } from '@larder/testing'
import { drawHold, hold } from './fault.ts'
import type { FaultKind, FaultScene } from './fault.ts'
import { LIMITS } from './limits.ts'

const { namespace } = LIMITS

const SWALLOW: Passage = { kind: 'swallow' }
const HOLD: Passage = { kind: 'hold' }

const isSubscriber = ({ opening }: TcpConnection): boolean => opening.toLowerCase().includes('subscribe')

const PARTIES: Readonly<Record<string, NonNullable<TcpWeather['only']>>> = {
  all: () => true,
  subscriber: isSubscriber,
  commands: (connection) => !isSubscriber(connection),
}

/** Bad weather between one node and the server, for some or all of its connections. */
function weather(name: string, draw: (scene: FaultScene) => TcpWeather, longestMs = 3_500): FaultKind {
  return (scene) => {
    const { world, dice } = scene
    const index = Math.floor(dice.between(0, LIMITS.nodes))
    const proxy = world.proxies[index]
    const party = dice.pick(['all', 'all', 'subscriber', 'commands'])
    const drawn = draw(scene)
    const ms = drawHold(dice, longestMs)
    return {
      name: `${name} link${index}`,
      needs: [`link ${index}`],
      run: async (tell) => {
        tell(`${party} ${JSON.stringify(drawn)} for ${ms.toFixed()} ms`)
        proxy?.set({ ...drawn, only: PARTIES[party] as NonNullable<TcpWeather['only']> })
        if (drawn.refuse === true) proxy?.cut()
        await hold(ms)
        proxy?.heal()
      },
    }
  }
}

/** Resets the connections that are open. */
export const cut: FaultKind = ({ world, dice }) => {
  const index = Math.floor(dice.between(0, LIMITS.nodes))
  const party = dice.pick(['all', 'subscriber', 'commands'])
  return {
    name: `cut link${index}`,
    needs: [`link ${index}`],
    run: async (tell) => {
      tell(party)
      world.proxies[index]?.cut(PARTIES[party])
    },
  }
}

export const refuse: FaultKind = weather('refuse', () => ({ refuse: true }), 2_500)
export const delay: FaultKind = weather('delay', ({ dice }) => ({
  up: { kind: 'delay', ms: Math.round(dice.between(0, 250)) },
  down: { kind: 'delay', ms: Math.round(dice.between(0, 250)) },
}))
/** Longer than a call waits: what was reported as failed is carried out later. */
export const lateCommands: FaultKind = weather('late', ({ dice }) => ({
  up: { kind: 'delay', ms: Math.round(dice.between(LIMITS.storeMs, 3 * LIMITS.storeMs)) },
}))
export const blackHole: FaultKind = weather('black hole', () => ({ up: SWALLOW, down: SWALLOW }))
export const deaf: FaultKind = weather('deaf', () => ({ down: SWALLOW }))
export const mute: FaultKind = weather('mute', () => ({ up: SWALLOW }))
export const stall: FaultKind = weather('stall', ({ dice }) => {
  const [up, down] = [dice.chance(0.7), dice.chance(0.7)]
  return { ...(up ? { up: HOLD } : {}), ...(down || !up ? { down: HOLD } : {}) }
})
export const slice: FaultKind = weather(
  'slice',
  () => ({ up: { kind: 'slice', bytes: 1 }, down: { kind: 'slice', bytes: 1 } }),
  2_500,
)

/** A node is away, and when it is back the journal no longer reaches to where it was. */
export const awayTooLong: FaultKind = ({ world, dice }) => {
  const index = Math.floor(dice.between(0, LIMITS.nodes))
  const proxy = world.proxies[index]
  const ms = dice.between(600, 2_500)
  const how = dice.pick(['UNLINK', 'XTRIM'])
  return {
    name: `away link${index}`,
    needs: [`link ${index}`, 'redis'],
    run: async (tell) => {
      tell(`${how} after ${ms.toFixed()} ms`)
      proxy?.set({ refuse: true })
      proxy?.cut()
      await hold(ms)
      const key = `{${namespace}}:journal`
      await world.primary.command(how, key, ...(how === 'XTRIM' ? ['MAXLEN', 1] : [])).catch(() => {})
      proxy?.heal()
    },
  }
}
