import type { Backend } from '../contracts/backend.ts'
import type { MemoryOptions } from '../memory/memory.ts'

/**
 * The providers whose options `createBackend` knows, by name. Packages add theirs by declaration merging:
 *
 * ```ts
 * declare module '@larder/core' {
 *   interface BackendProviders {
 *     readonly mine: { readonly options: MyOptions; readonly backend: MyBackend }
 *   }
 * }
 * ```
 */
export interface BackendProviders {
  readonly memory: { readonly options: MemoryOptions; readonly backend: Backend }
}

/** What a provider's factory is given; anything for a provider that the compiler does not know. */
export type ProviderOptions<Name extends string> = Name extends keyof BackendProviders
  ? BackendProviders[Name]['options']
  : Readonly<Record<string, unknown>>

/** What a provider's factory makes. */
export type ProvidedBackend<Name extends string> = Name extends keyof BackendProviders
  ? BackendProviders[Name]['backend']
  : Backend

/** A provider by its name, with its options beside it. */
export type BackendOptions<Name extends string = string> = { readonly provider: Name } & ProviderOptions<Name>
