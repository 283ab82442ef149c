import { rm } from 'node:fs/promises'
import { freePort } from './free-port.ts'
import { poll } from './poll.ts'
import { probe } from './probe.ts'
import type { Probe } from './probe.ts'
import type { ServerHandle } from './server-handle.ts'
import { ServerProcess } from './server-process.ts'
import type { ServerCommand } from './server-process.ts'

const PORT_ATTEMPTS = 5

/** How to start one kind of server. */
export interface ServerRecipe {
  readonly name: string
  /** Exists, is empty or prepared, and belongs to the server: removed when it stops. */
  readonly folder: string
  readonly command: (port: number) => Omit<ServerCommand, 'folder'>
  readonly url: (port: number) => string
  readonly probe: Probe
  /** Longest time until the first answer, in milliseconds. */
  readonly startMs: number
}

/** A server started for tests, on a free loopback port. */
export class OwnedServer implements ServerHandle {
  readonly url: string
  readonly host = '127.0.0.1'
  readonly port: number
  readonly owned = true
  readonly #recipe: ServerRecipe
  #process: ServerProcess

  private constructor(recipe: ServerRecipe, port: number, process: ServerProcess) {
    this.#recipe = recipe
    this.#process = process
    this.port = port
    this.url = recipe.url(port)
  }

  /** Starts it and waits until it answers. Rejects, with the end of its log, if it ends or stays silent. */
  static async start(recipe: ServerRecipe): Promise<OwnedServer> {
    try {
      for (let attempt = 1; ; attempt++) {
        const port = await freePort()
        const process = new ServerProcess({ ...recipe.command(port), folder: recipe.folder })
        const outcome = await untilReady(recipe, port, process)
        if (outcome === 'ready') return new OwnedServer(recipe, port, process)
        await process.kill()
        // Somebody else may have taken the port between our look and the server's start.
        if (outcome === 'ended' && attempt < PORT_ATTEMPTS && /in use/i.test(await process.log())) continue
        throw await startError(recipe, outcome, process)
      }
    } catch (error) {
      await removeFolder(recipe)
      throw error
    }
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  async stop(): Promise<void> {
    await this.#process.stop()
    await removeFolder(this.#recipe)
  }

  async restart(): Promise<void> {
    await this.#process.stop()
    this.#process = new ServerProcess({ ...this.#recipe.command(this.port), folder: this.#recipe.folder })
    const outcome = await untilReady(this.#recipe, this.port, this.#process)
    if (outcome !== 'ready') throw await startError(this.#recipe, outcome, this.#process)
  }

  async kill(): Promise<void> {
    await this.#process.kill()
  }

  pause(): void {
    this.#process.signal('SIGSTOP')
  }

  resume(): void {
    this.#process.signal('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

type Readiness = 'ready' | 'ended' | 'silent'

async function untilReady(recipe: ServerRecipe, port: number, process: ServerProcess): Promise<Readiness> {
  const settled = await poll(recipe.startMs, async () => process.pid === undefined || probe(port, recipe.probe))
  // Asked last: whoever took the port may have answered in the server's place.
  if (process.pid === undefined) return 'ended'
  return settled ? 'ready' : 'silent'
}

async function startError(recipe: ServerRecipe, outcome: Readiness, process: ServerProcess): Promise<Error> {
  const what = outcome === 'ended' ? 'ended while starting' : `did not answer within ${recipe.startMs} ms`
  return new Error(`${recipe.name} ${what}: ${await process.log()}`)
}

async function removeFolder(recipe: ServerRecipe): Promise<void> {
  await rm(recipe.folder, { recursive: true, force: true, maxRetries: 5 })
}
