import type { Service } from './open-service.ts'

/** Asks and changes the two instances in turns; `print` gets a line for each step. */
export async function demonstrate(first: Service, second: Service, print: (line: string) => void): Promise<void> {
  const step = async (label: string, service: Service, request: () => Promise<unknown>): Promise<void> => {
    const before = service.counts()
    const body = await request()
    const now = service.counts()
    print(
      `${label.padEnd(46)} cache ${now.cache - before.cache}  database ${now.database - before.database}  ${JSON.stringify(body).slice(0, 90)}`,
    )
  }
  await step('A: GET /articles/1', first, () => get(first, '/articles/1'))
  await step('A: the same again', first, () => get(first, '/articles/1'))
  await step('B: the same, found in Redis', second, () => get(second, '/articles/1'))
  await step('A: PATCH /authors/1', first, () => send(first, 'PATCH /authors/1', { name: 'Ada L.' }))
  await settled(second, '/articles/1', (body) => JSON.stringify(body).includes('Ada L.'))
  await step("B: GET /articles/1, with the author's new name", second, () => get(second, '/articles/1'))
  await step('B: POST /articles/1/comments', second, () =>
    send(second, 'POST /articles/1/comments', { text: 'well said' }),
  )
  await settled(first, '/articles/1', (body) => JSON.stringify(body).includes('well said'))
  await step('A: GET /articles/1, with the comment', first, () => get(first, '/articles/1'))
  await step('A: GET /authors/2/articles', first, () => get(first, '/authors/2/articles'))
  await step('B: DELETE /authors/1, articles go along', second, () => send(second, 'DELETE /authors/1'))
  await settled(first, '/articles/1', (body) => JSON.stringify(body).includes('not found'))
  await step('A: GET /articles/1', first, () => get(first, '/articles/1'))
  await step('A: GET /authors/2/articles, not touched', first, () => get(first, '/authors/2/articles'))
}

/** The body of a GET. */
export async function get(service: Service, path: string): Promise<unknown> {
  return (await fetch(service.url + path)).json()
}

/** The body of another request. */
export async function send(service: Service, request: `${string} /${string}`, body: unknown = {}): Promise<unknown> {
  const [method, path] = request.split(' ') as [string, string]
  return (await fetch(service.url + path, { method, body: JSON.stringify(body) })).json()
}

/** Waits until an instance has heard what the other changed: a moment, and never longer than its heartbeat of two seconds. */
async function settled(service: Service, path: string, done: (body: unknown) => boolean): Promise<void> {
  const until = Date.now() + 5_000
  while (!done(await get(service, path)))
    if (Date.now() > until) throw new Error('the other instance did not hear of the change')
}
