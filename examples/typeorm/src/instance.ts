/** One instance of the service in a process of its own. `POSTGRES_URL`, `REDIS_URL` and `PORT` (default: a free one) say where. */
import { once } from 'node:events'
import { ensureTables } from './fill.ts'
import { openService } from './open-service.ts'

const { POSTGRES_URL: postgres, REDIS_URL: redis, PORT: port = '0' } = process.env
if (postgres === undefined || redis === undefined) {
  console.error('Say where the servers are: POSTGRES_URL=postgres://… REDIS_URL=redis://…')
  process.exit(1)
}
await using service = await openService({ postgres, redis }, Number(port))
await ensureTables(service.source)
console.log(service.url)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
