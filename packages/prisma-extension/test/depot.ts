import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { cachedAdapter, cacheExtension, createAdapterLink } from '../src/index.ts'
import type { CacheApi, DataModel, ExtensionOptions } from '../src/index.ts'
import type { TestDatabase } from './databases.ts'
import { createDepot } from './schema/create-depot.ts'

/** One operation of a model, as anybody may write it. */
export type Run = (args: object) => Promise<unknown>

/** A client of which only the names of models and operations are known. */
export interface PlainClient {
  readonly [model: string]: { readonly [operation: string]: Run }
}

/** What clients have beside models. */
interface ClientMethods {
  $extends(extension: unknown): unknown
  $disconnect(): Promise<void>
  $executeRawUnsafe(sql: string): Promise<number>
  $queryRawUnsafe(sql: string): Promise<unknown>
  $transaction(work: readonly unknown[] | ((tx: PlainClient) => Promise<unknown>)): Promise<unknown>
}

/** The client of a schema with everything: generated while the tests run, by Prisma's older generator, and by the one of this package. */
export class Depot implements AsyncDisposable {
  readonly base: ClientMethods
  readonly prisma: ClientMethods & { readonly $cache: CacheApi }
  readonly manager: CacheManager
  readonly model: DataModel
  readonly errors: unknown[] = []

  private constructor(made: Pick<Depot, 'base' | 'model'>, options: Partial<ExtensionOptions>) {
    this.base = made.base
    this.model = made.model
    this.manager = createCacheManager()
    const extension = cacheExtension({
      cache: this.manager,
      text: 'binary',
      onError: (error) => this.errors.push(error),
      ...options,
    })
    this.prisma = this.base.$extends(extension) as Depot['prisma']
  }

  /** `schema`: whether the extension gets what the generator wrote, or reads the client's own text. */
  static async open(
    database: TestDatabase,
    how: {
      readonly folder: string
      readonly linked: boolean
      readonly schema: boolean
      readonly options?: Partial<ExtensionOptions>
    },
  ): Promise<Depot> {
    const { folder, linked, schema, options } = how
    const written = (await import(pathToFileURL(join(folder, 'larder-schema.mjs')).href)) as {
      readonly larderSchema: DataModel
    }
    const { PrismaClient } = createRequire(import.meta.url)(join(folder, 'client')) as {
      readonly PrismaClient: new (options: object) => ClientMethods
    }
    const link = createAdapterLink()
    const adapter = database.adapter()
    const base = new PrismaClient({ adapter: linked ? cachedAdapter(adapter, link) : adapter })
    for (const sql of createDepot) await base.$executeRawUnsafe(sql)
    const model = written.larderSchema
    return new Depot({ base, model }, { ...(linked ? { link } : {}), ...(schema ? { schema: model } : {}), ...options })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.base.$disconnect()
    await this.manager.close()
  }
}
