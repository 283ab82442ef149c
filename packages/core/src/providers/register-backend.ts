import type { Backend } from '../contracts/backend.ts'
import type { ProvidedBackend, ProviderOptions } from './backend-providers.ts'
import { registry } from './registry.ts'

/**
 * Gives a provider a name that `createBackend` knows from then on, in this process. Declare its options in {@link BackendProviders}, so that they are
 * checked where they are written.
 * @throws TypeError for a name that is taken, or is none.
 */
export function registerBackend<const Name extends string>(
  name: Name,
  factory: (options: ProviderOptions<Name>) => ProvidedBackend<Name> & Backend,
): void {
  registry.register(name, factory)
}
