/** Two services on one database. The cache is set up in open-prisma-service.ts; start reading there. */
import { startPostgres, startRedis } from '@larder/testing'
import { demonstrate } from './demonstrate.ts'
import { forkService } from './fork-service.ts'
import { makeTables } from './make-tables.ts'
import { openPrismaService } from './open-prisma-service.ts'
import { openTypeormService } from './open-typeorm-service.ts'

// Servers of our own end with this process, however it ends.
process.once('SIGTERM', () => process.exit(143))

const apart = process.argv.includes('--processes')
await using postgres = await startPostgres()
await using store = await startRedis()
const urls = { postgres: postgres.url, redis: store.url }
await using _tables = await makeTables(urls.postgres)
await using typeorm = apart ? await forkService('typeorm', urls) : await openTypeormService(urls)
await using prisma = apart ? await forkService('prisma', urls) : openPrismaService(urls)
await demonstrate(prisma, typeorm, (line) => console.log(line))
