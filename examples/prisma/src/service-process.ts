/** One service in a process of its own: does what the process that forked it asks, and answers. */
import type { Request } from './fork-service.ts'
import { openPrismaService } from './open-prisma-service.ts'
import { openTypeormService } from './open-typeorm-service.ts'

const [kind, postgres = '', redis = ''] = process.argv.slice(2)
const urls = { postgres, redis }
const service = kind === 'prisma' ? openPrismaService(urls) : await openTypeormService(urls)

process.on('message', ({ id, method, args }: Request) => {
  const methods = service as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>
  methods[method]?.(...args).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  )
})
process.once('disconnect', () => void service[Symbol.asyncDispose]())
process.send?.({ id: 0 })
