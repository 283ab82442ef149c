import type { ArticleService } from './article-service.ts'

/** Asks and changes the two services in turns; `print` gets a line for each step. */
export async function demonstrate(
  prisma: ArticleService,
  typeorm: ArticleService,
  print: (line: string) => void,
): Promise<void> {
  const step = async (label: string, service: ArticleService, request: () => Promise<unknown>): Promise<void> => {
    const before = await service.counts()
    const answer = await request()
    const now = await service.counts()
    const counted = `cache ${now.cache - before.cache}  database ${now.database - before.database}`
    print(`${label.padEnd(44)} ${counted}  ${JSON.stringify(answer) ?? ''}`)
  }
  await step('Prisma: article 1', prisma, () => prisma.article(1))
  await step('Prisma: the same again', prisma, () => prisma.article(1))
  await step('TypeORM: article 1', typeorm, () => typeorm.article(1))
  await step('Prisma: titles of author 2', prisma, () => prisma.titlesOf(2))
  await step('TypeORM: renames author 1', typeorm, () => typeorm.rename(1, 'Ada L.'))
  await heard(async () => (await prisma.article(1))?.author === 'Ada L.')
  await step('Prisma: article 1, with the new name', prisma, () => prisma.article(1))
  await step('Prisma: gives article 1 a title', prisma, () => prisma.retitle(1, 'On looms'))
  await heard(async () => (await typeorm.article(1))?.title === 'On looms')
  await step('TypeORM: article 1, with the new title', typeorm, () => typeorm.article(1))
  await step('TypeORM: deletes author 1, articles go along', typeorm, () => typeorm.dismiss(1))
  await heard(async () => (await prisma.article(1)) === undefined)
  await step('Prisma: article 1', prisma, () => prisma.article(1))
  await step('Prisma: titles of author 2, not touched', prisma, () => prisma.titlesOf(2))
}

/** Waits until a service has heard what the other changed: a moment, and never longer than its heartbeat of two seconds. */
async function heard(done: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 5_000
  while (!(await done())) if (Date.now() > until) throw new Error('the other service did not hear of the change')
}
