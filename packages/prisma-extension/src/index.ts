export { createAdapterLink } from './adapter/adapter-link.ts'
export type { AdapterLink } from './adapter/adapter-link.ts'
export { cachedAdapter } from './adapter/cached-adapter.ts'
export type { CacheApi, Explanation } from './cache-api.ts'
export { cacheExtension } from './cache-extension.ts'
export type { CacheExtension } from './cache-extension.ts'
export type { CacheEvent, QueryStats } from './observe/cache-event.ts'
export type {
  ExtensionOptions,
  ModelOptions,
  QueryDefaults,
  SchemeOption,
  SharedOptions,
} from './options/extension-options.ts'
export type { CacheArgs, CachedModel } from './prisma/cached-model.ts'
export { noCache, withCache } from './read/cache-context.ts'
export type { CacheStrategy } from './read/cache-context.ts'
export type { AnswerInfo } from './read/with-info.ts'
export type { DataModel, Model, ModelField, ModelRelation } from './schema/data-model.ts'
