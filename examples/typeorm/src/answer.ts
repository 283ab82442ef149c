import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import type { DataSource } from 'typeorm'
import { articles, authors, comments } from './entities.ts'

/** What the service answers. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

const NOT_FOUND: Answer = { status: 404, body: { error: 'not found' } }

/**
 * `GET /articles/:id` · `GET /authors/:id/articles` · `PATCH /articles/:id { title }` · `PATCH /authors/:id { name }` ·
 * `POST /articles/:id/comments { text }` · `DELETE /authors/:id`. The reads ask for the cache; the writes know nothing of it.
 */
export async function answer(source: DataSource, request: IncomingMessage): Promise<Answer> {
  const [, kind, number, part] = (request.url ?? '').split('/')
  const id = Number(number)
  if (!Number.isSafeInteger(id)) return NOT_FOUND
  const { manager } = source
  switch (`${request.method} ${kind}/${part ?? ''}`) {
    case 'GET articles/': {
      const article = await manager.findOne(articles, {
        where: { id },
        relations: { author: true, comments: true },
        cache: true,
      })
      return article === null ? NOT_FOUND : { status: 200, body: article }
    }
    case 'GET authors/articles':
      return {
        status: 200,
        body: await manager.find(articles, { where: { authorId: id }, order: { id: 'ASC' }, cache: true }),
      }
    case 'PATCH articles/': {
      const { title } = (await json(request)) as { title: string }
      await manager.update(articles, id, { title })
      return { status: 200, body: { id, title } }
    }
    case 'PATCH authors/': {
      const { name } = (await json(request)) as { name: string }
      await manager.update(authors, id, { name })
      return { status: 200, body: { id, name } }
    }
    case 'POST articles/comments': {
      const { text } = (await json(request)) as { text: string }
      return { status: 201, body: await manager.save(comments, { articleId: id, text }) }
    }
    case 'DELETE authors/':
      // The database deletes the author's articles, and their comments.
      await manager.delete(authors, id)
      return { status: 200, body: { id } }
    default:
      return NOT_FOUND
  }
}
