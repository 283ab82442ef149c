import { drawHold, hold } from './fault.ts'
import type { FaultKind, FaultScene } from './fault.ts'
import { LIMITS } from './limits.ts'
import { monotonic } from './monotonic.ts'
import type { Server } from './server.ts'

const { namespace } = LIMITS

/** A command that makes trouble at once, and needs no undoing. */
function command(name: string, draw: (scene: FaultScene) => readonly (string | number)[]): FaultKind {
  return (scene) => {
    const words = draw(scene)
    return {
      name,
      needs: ['redis'],
      run: async (tell) => {
        tell(words.join(' '))
        await send(scene.world.primary, words)
      },
    }
  }
}

/** Sends a command; that it fails or is not answered is no concern of a fault's. */
async function send(server: Server, words: readonly (string | number)[]): Promise<unknown> {
  const [name, ...args] = words
  return server.command(String(name), ...args).catch(() => undefined)
}

export const killClients: FaultKind = command('CLIENT KILL', () => [
  'CLIENT',
  'KILL',
  'TYPE',
  'normal',
  'SKIPME',
  'yes',
])
export const killSubscribers: FaultKind = command('CLIENT KILL pubsub', () => ['CLIENT', 'KILL', 'TYPE', 'pubsub'])
export const flush: FaultKind = command('FLUSHALL', () => ['FLUSHALL'])
export const sleepServer: FaultKind = command('DEBUG SLEEP', ({ dice }) => [
  'DEBUG',
  'SLEEP',
  drawHold(dice, 2_500) / 1_000,
])

/** The server forgets its scripts, over and over: what is sent by hash is refused and sent again, behind what was sent meanwhile. */
export const forgetScripts: FaultKind = ({ world, dice }) => ({
  name: 'SCRIPT FLUSH',
  needs: ['redis'],
  run: async (tell) => {
    const end = monotonic() + drawHold(dice, 3_000)
    let times = 0
    for (; monotonic() < end; times++) {
      await send(world.primary, ['SCRIPT', 'FLUSH'])
      await hold(15)
    }
    tell(`${times} times`)
  },
})

/** CLIENT PAUSE of all commands, or of writes. */
export const pauseClients: FaultKind = ({ world, dice }) => {
  const ms = Math.round(drawHold(dice, 2_500))
  const mode = dice.pick(['ALL', 'WRITE'])
  return {
    name: 'CLIENT PAUSE',
    needs: ['redis'],
    run: async (tell) => {
      tell(`${mode} ${ms} ms`)
      await send(world.primary, ['CLIENT', 'PAUSE', ms, mode])
      await hold(ms + 20)
      await world.primary.ready()
    },
  }
}

/** SIGSTOP of the server, then SIGCONT: what was sent meanwhile is carried out late. */
export const stopServer: FaultKind = ({ world, dice }) => {
  const ms = drawHold(dice, 3_000)
  return {
    name: 'SIGSTOP redis',
    needs: ['redis'],
    run: async (tell) => {
      tell(`for ${ms.toFixed()} ms`)
      world.primary.handle.pause()
      await hold(ms)
      world.primary.handle.resume()
      await world.primary.ready()
    },
  }
}

/** SIGKILL of the server; it comes back without its data. */
export const killServer: FaultKind = ({ world, dice }) => {
  const ms = dice.between(50, 1_500)
  return {
    name: 'kill -9 redis',
    needs: ['redis'],
    run: async () => {
      await world.primary.handle.kill()
      await hold(ms)
      await world.primary.handle.restart()
      await world.primary.ready()
    },
  }
}

/** The memory limit sinks below what is used: random keys are evicted. */
export const evictByMemory: FaultKind = ({ world, dice }) => {
  const ms = drawHold(dice, 2_500)
  return {
    name: 'maxmemory',
    needs: ['redis'],
    run: async (tell) => {
      const before = Number(await world.primary.info('evicted_keys'))
      await send(world.primary, ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random'])
      for (let step = 0; step < 4; step++) {
        const used = Number(await world.primary.info('used_memory'))
        await send(world.primary, ['CONFIG', 'SET', 'maxmemory', Math.round(used - dice.between(0, 15_000))])
        await hold(ms / 4)
      }
      await world.primary.command('CONFIG', 'SET', 'maxmemory', 0)
      tell(`${Number(await world.primary.info('evicted_keys')) - before} keys evicted`)
    },
  }
}

const CHOSEN = {
  journal: (key: string) => key.endsWith(':journal'),
  marks: (key: string) => key.includes(':mark:'),
  leases: (key: string) => key.endsWith(':lease'),
  floors: (key: string) => key.endsWith(':floor'),
  values: (key: string) => key.endsWith('}'),
} as const

/** Keys of one sort are evicted, several times over. */
export const evictChosen: FaultKind = ({ world, dice }) => {
  const sort = dice.pick(Object.keys(CHOSEN) as (keyof typeof CHOSEN)[])
  const share = dice.pick([0.3, 1])
  return {
    name: `evict ${sort}`,
    needs: ['redis'],
    run: async (tell) => {
      let evicted = 0
      for (let round = 0; round < 6; round++) {
        const keys = ((await send(world.primary, ['KEYS', `*${namespace}*`])) ?? []) as string[]
        const chosen = keys.filter((key) => CHOSEN[sort](key) && dice.chance(share))
        if (chosen.length > 0) evicted += Number((await send(world.primary, ['UNLINK', ...chosen])) ?? 0)
        await hold(dice.between(20, 200))
      }
      tell(`${evicted} keys`)
    },
  }
}
