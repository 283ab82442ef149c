import type { Backend } from '../contracts/backend.ts'
import { UnsupportedError } from '../errors/unsupported-error.ts'
import { checkObject } from '../policy/option-checks.ts'
import { showValue } from '../policy/show-value.ts'
import type { ProviderPackage } from './load-provider.ts'

type Factory = (options: never) => Backend

const NAME = /^[a-z][\w.:/@-]{0,63}$/i

/** Backends by the names of their providers: registered ones, and those of packages that are loaded when they are first asked for. */
export class BackendRegistry {
  readonly #packages: ReadonlyMap<string, ProviderPackage>
  readonly #load: (from: ProviderPackage) => unknown
  readonly #factories = new Map<string, Factory>()

  constructor(parts: {
    readonly packages: ReadonlyMap<string, ProviderPackage>
    /** The maker that a package has. Throws if the package cannot be loaded. */
    readonly load: (from: ProviderPackage) => unknown
  }) {
    this.#packages = parts.packages
    this.#load = parts.load
  }

  /** @throws TypeError for a name that is taken, or is none, and for a factory that is no function. */
  register(name: string, factory: Factory): void {
    if (typeof name !== 'string' || !NAME.test(name))
      throw new TypeError(
        `the name of a provider is 1 to 64 letters, digits and . _ : / @ -, and begins with a letter; got ${showValue(name)}`,
      )
    if (typeof factory !== 'function')
      throw new TypeError(`the factory of the provider ${name} must be a function, got ${showValue(factory)}`)
    if (this.#factories.has(name))
      throw new TypeError(`a provider ${name} is registered already: register each once, or give this one another name`)
    this.#factories.set(name, factory)
  }

  /**
   * The backend that the provider makes of the other options.
   * @throws TypeError for a provider that nobody knows, UnsupportedError for one whose package cannot be loaded, and what the factory throws.
   */
  create(options: { readonly provider: string }): Backend {
    checkObject(options, 'the options of createBackend')
    const { provider, ...others } = options
    const backend: unknown = this.#factoryOf(provider)(others as never)
    if (typeof backend === 'object' && backend !== null && 'store' in backend) return backend as Backend
    const hint = backend instanceof Promise ? 'a promise: connect in the background instead' : showValue(backend)
    throw new TypeError(`the factory of the provider ${provider} must return a backend, got ${hint}`)
  }

  #factoryOf(provider: string): Factory {
    const known = this.#factories.get(provider)
    if (known !== undefined) return known
    const from = this.#packages.get(provider)
    if (from === undefined) {
      const names = [...new Set([...this.#factories.keys(), ...this.#packages.keys()])]
      throw new TypeError(
        `there is no provider ${showValue(provider)}; there are: ${names.join(', ')}. Register others with registerBackend(name, factory)`,
      )
    }
    const factory = this.#loaded(provider, from)
    this.#factories.set(provider, factory)
    return factory
  }

  #loaded(provider: string, from: ProviderPackage): Factory {
    let maker: unknown
    let cause: unknown
    try {
      maker = this.#load(from)
    } catch (error) {
      cause = error
    }
    if (typeof maker === 'function') return maker as Factory
    const reason =
      cause instanceof Error ? (cause.message.split('\n')[0] as string) : `it has no function ${from.maker}`
    throw new UnsupportedError(
      `the provider ${provider} could not be loaded from ${from.door}: ${reason}. Run \`npm install ${from.install}\`; where a bundler ` +
        `leaves the package out, import it and call registerBackend('${provider}', ${from.maker})`,
      { cause },
    )
  }
}
