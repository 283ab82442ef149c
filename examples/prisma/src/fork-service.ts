import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ArticleService } from './article-service.ts'

/** What a service of another process is asked. */
export interface Request {
  readonly id: number
  readonly method: Exclude<keyof ArticleService, typeof Symbol.asyncDispose>
  readonly args: readonly unknown[]
}

/** What it answers. */
interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** Starts a service in a process of its own; what is asked of it goes there. */
export async function forkService(
  kind: 'prisma' | 'typeorm',
  urls: { readonly postgres: string; readonly redis: string },
): Promise<ArticleService> {
  const program = fileURLToPath(new URL('service-process.ts', import.meta.url))
  const execArgv = ['--conditions=@larder/source', '--import', 'tsx']
  const child = fork(program, [kind, urls.postgres, urls.redis], { execArgv })
  const waiting = new Map<number, (answer: Answer) => void>()
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer))
  const ended = once(child, 'exit')
  await Promise.race([
    new Promise<void>((resolve) => waiting.set(0, () => resolve())),
    ended.then(() => Promise.reject(new Error(`the ${kind} service did not start`))),
  ])
  let asked = 0
  const ask = async <R>(method: Request['method'], ...args: readonly unknown[]): Promise<R> => {
    const id = ++asked
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve)
      child.send({ id, method, args } satisfies Request)
    })
    waiting.delete(id)
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.result as R
  }
  return {
    article: (id) => ask('article', id),
    titlesOf: (authorId) => ask('titlesOf', authorId),
    retitle: (id, title) => ask('retitle', id, title),
    rename: (authorId, name) => ask('rename', authorId, name),
    dismiss: (authorId) => ask('dismiss', authorId),
    counts: () => ask('counts'),
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await ended
    },
  }
}
