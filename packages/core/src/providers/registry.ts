import { memory } from '../memory/memory.ts'
import { BackendRegistry } from './backend-registry.ts'
import { loadProvider, PROVIDER_PACKAGES } from './load-provider.ts'

/** The providers of this process. */
export const registry: BackendRegistry = new BackendRegistry({ packages: PROVIDER_PACKAGES, load: loadProvider })
registry.register('memory', memory)
